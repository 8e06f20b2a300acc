/* CVSS 3.0 and 3.1: https://www.first.org/cvss/v3.1/specification-document, sections 2 to 4 (metrics), 7.1 to 7.4
 * (equations and weights) and appendix A (rounding). 3.0 has the same metrics; its equations differ where the scope
 * is changed in the environment, and in how they round.
 *
 * Weights are in hundredths. Sums are computed in doubles: of all combinations none but the cap of 10 lies within
 * 0.000004 of a tenth, so that binary noise cannot turn their rounding. Products of a score are whole numbers, and
 * exact. */
#include "cvss_vector.h"

enum metric { AV, AC, PR, UI, S, C, I, A, E, RL, RC, CR, IR, AR, MAV, MAC, MPR, MUI, MS, MC, MI, MA, COUNT };

/* The weight of what is not defined in the environment: the base metric holds. */
enum { FROM_BASE = -1 };

/* Each list serves a base metric, and with what is not defined before it the modified one. */
static const struct cvss_value attack_vector[] = {{"X", "Not Defined", FROM_BASE},
                                                  {"N", "Network", 85},
                                                  {"A", "Adjacent", 62},
                                                  {"L", "Local", 55},
                                                  {"P", "Physical", 20},
                                                  {0}};
static const struct cvss_value attack_complexity[] = {
    {"X", "Not Defined", FROM_BASE}, {"L", "Low", 77}, {"H", "High", 44}, {0}};
static const struct cvss_value privileges[] = {
    {"X", "Not Defined", FROM_BASE}, {"N", "None", 85}, {"L", "Low", 62}, {"H", "High", 27}, {0}};
static const struct cvss_value interaction[] = {
    {"X", "Not Defined", FROM_BASE}, {"N", "None", 85}, {"R", "Required", 62}, {0}};
static const struct cvss_value scope[] = {
    {"X", "Not Defined", FROM_BASE}, {"U", "Unchanged", false}, {"C", "Changed", true}, {0}};
static const struct cvss_value impact_values[] = {
    {"X", "Not Defined", FROM_BASE}, {"N", "None", 0}, {"L", "Low", 22}, {"H", "High", 56}, {0}};
static const struct cvss_value maturity[] = {{"X", "Not Defined", 100},
                                             {"U", "Unproven", 91},
                                             {"P", "Proof-of-Concept", 94},
                                             {"F", "Functional", 97},
                                             {"H", "High", 100},
                                             {0}};
static const struct cvss_value remediation[] = {{"X", "Not Defined", 100},
                                                {"O", "Official Fix", 95},
                                                {"T", "Temporary Fix", 96},
                                                {"W", "Workaround", 97},
                                                {"U", "Unavailable", 100},
                                                {0}};
static const struct cvss_value confidence[] = {
    {"X", "Not Defined", 100}, {"U", "Unknown", 92}, {"R", "Reasonable", 96}, {"C", "Confirmed", 100}, {0}};
static const struct cvss_value requirement[] = {
    {"X", "Not Defined", 100}, {"L", "Low", 50}, {"M", "Medium", 100}, {"H", "High", 150}, {0}};

static const struct cvss_metric metrics[COUNT] = {
    [AV] = {"AV", "Attack Vector", attack_vector + 1},
    [AC] = {"AC", "Attack Complexity", attack_complexity + 1},
    [PR] = {"PR", "Privileges Required", privileges + 1},
    [UI] = {"UI", "User Interaction", interaction + 1},
    [S] = {"S", "Scope", scope + 1},
    [C] = {"C", "Confidentiality", impact_values + 1},
    [I] = {"I", "Integrity", impact_values + 1},
    [A] = {"A", "Availability", impact_values + 1},
    [E] = {"E", "Exploit Code Maturity", maturity},
    [RL] = {"RL", "Remediation Level", remediation},
    [RC] = {"RC", "Report Confidence", confidence},
    [CR] = {"CR", "Confidentiality Requirement", requirement},
    [IR] = {"IR", "Integrity Requirement", requirement},
    [AR] = {"AR", "Availability Requirement", requirement},
    [MAV] = {"MAV", "Modified Attack Vector", attack_vector},
    [MAC] = {"MAC", "Modified Attack Complexity", attack_complexity},
    [MPR] = {"MPR", "Modified Privileges Required", privileges},
    [MUI] = {"MUI", "Modified User Interaction", interaction},
    [MS] = {"MS", "Modified Scope", scope},
    [MC] = {"MC", "Modified Confidentiality", impact_values},
    [MI] = {"MI", "Modified Integrity", impact_values},
    [MA] = {"MA", "Modified Availability", impact_values},
};

/* The metrics that an equation takes, by the base metric's place. */
struct terms {
  int weights[A + 1];
};

static struct terms terms_of(const struct cvss_vector *vector, bool is_modified) {
  struct terms terms;
  for (int i = AV; i <= A; i++) {
    int modified = is_modified ? cvss_vector_weight(vector, MAV + i) : FROM_BASE;
    terms.weights[i] = modified == FROM_BASE ? cvss_vector_weight(vector, i) : modified;
  }
  return terms;
}

/* Privileges weigh more once they lead beyond their scope. */
static int privileges_weight(const struct terms *terms) {
  int weight = terms->weights[PR];
  if (!terms->weights[S]) return weight;
  return weight == 62 ? 68 : weight == 27 ? 50 : weight;
}

static double exploitability(const struct terms *terms) {
  const int *weights = terms->weights;
  int product = weights[AV] * weights[AC] * privileges_weight(terms) * weights[UI];
  return 8.22 * product / 100000000.0;
}

/* The "impact sub-score": 1 - (1 - c)(1 - i)(1 - a), weights in hundredths. */
static double combined(int c, int i, int a) {
  return (1000000 - (100 - c) * (100 - i) * (100 - a)) / 1000000.0;
}

static double power(double base, int exponent) {
  double product = 1;
  while (exponent-- > 0) product *= base;
  return product;
}

static double smaller(double a, double b) {
  return a < b ? a : b;
}

static double base_impact(const struct terms *terms) {
  double combination = combined(terms->weights[C], terms->weights[I], terms->weights[A]);
  if (!terms->weights[S]) return 6.42 * combination;
  return 7.52 * (combination - 0.029) - 3.25 * power(combination - 0.02, 15);
}

/* A weight times a requirement is a whole number of hundredths for all that the tables hold. */
static double modified_impact(const struct cvss_vector *vector, const struct terms *terms) {
  double combination = smaller(0.915, combined(terms->weights[C] * cvss_vector_weight(vector, CR) / 100,
                                               terms->weights[I] * cvss_vector_weight(vector, IR) / 100,
                                               terms->weights[A] * cvss_vector_weight(vector, AR) / 100));
  if (!terms->weights[S]) return 6.42 * combination;
  bool is_30 = vector->language->version == 30;
  double correction = is_30 ? power(combination - 0.02, 15) : power(combination * 0.9731 - 0.02, 13);
  return 7.52 * (combination - 0.029) - 3.25 * correction;
}

/* To tenths, up. 3.1 takes 4.0000001 for binary noise on a 4.0, and rounds to 1/100000 first. */
static int round_up(double score, int version) {
  int tenths = (int)(score * 10);
  if (version == 30) return tenths < score * 10 ? tenths + 1 : tenths;
  long rounded = (long)(score * 100000 + 0.5);
  return (int)(rounded % 10000 == 0 ? rounded / 10000 : rounded / 10000 + 1);
}

static int combine(const struct terms *terms, double impact, int version) {
  if (impact <= 0) return 0;
  double sum = impact + exploitability(terms);
  return round_up(smaller(terms->weights[S] ? 1.08 * sum : sum, 10), version);
}

/* Both versions round all these products alike: none lies less than 1/200000 above a tenth. */
static int temporal_score(const struct cvss_vector *vector, int score) {
  int factors = cvss_vector_weight(vector, E) * cvss_vector_weight(vector, RL) * cvss_vector_weight(vector, RC);
  return (score * factors + 999999) / 1000000;
}

static int environmental_score(const struct cvss_vector *vector) {
  struct terms terms = terms_of(vector, true);
  int score = combine(&terms, modified_impact(vector, &terms), vector->language->version);
  return temporal_score(vector, score);
}

static void score(const struct cvss_vector *vector, struct cvss_scores *scores) {
  struct terms terms = terms_of(vector, false);
  scores->score = scores->base = combine(&terms, base_impact(&terms), vector->language->version);
  scores->temporal = cvss_vector_defines(vector, E, RC) ? temporal_score(vector, scores->base) : CVSS_NO_SCORE;
  scores->environmental = cvss_vector_defines(vector, CR, MA) ? environmental_score(vector) : CVSS_NO_SCORE;
}

const struct cvss_language cvss_30 = {.version = 30,
                                      .prefix = "CVSS:3.0/",
                                      .mandatory = A + 1,
                                      .count = COUNT,
                                      .metrics = metrics,
                                      .score = score};

const struct cvss_language cvss_31 = {.version = 31,
                                      .prefix = "CVSS:3.1/",
                                      .mandatory = A + 1,
                                      .count = COUNT,
                                      .metrics = metrics,
                                      .score = score};
