/* CVSS 2.0: https://www.first.org/cvss/v2/guide, sections 2 (metrics) and 3.2 (equations).
 *
 * Weights are in thousandths. Base scores are computed in doubles: of all combinations no value lies within 0.00005
 * of the middle between two tenths, so that binary noise cannot turn their rounding. The rest is whole numbers, and
 * exact; there a middle goes away from zero. */
#include "cvss_vector.h"

enum metric { AV, AC, AU, C, I, A, E, RL, RC, CDP, TD, CR, IR, AR, COUNT };

static const struct cvss_value access_vector[] = {
    {"L", "Local", 395}, {"A", "Adjacent Network", 646}, {"N", "Network", 1000}, {0}};
static const struct cvss_value access_complexity[] = {
    {"H", "High", 350}, {"M", "Medium", 610}, {"L", "Low", 710}, {0}};
static const struct cvss_value authentication[] = {
    {"M", "Multiple", 450}, {"S", "Single", 560}, {"N", "None", 704}, {0}};
static const struct cvss_value impact_values[] = {{"N", "None", 0}, {"P", "Partial", 275}, {"C", "Complete", 660}, {0}};
static const struct cvss_value exploit[] = {{"ND", "Not Defined", 1000},
                                            {"U", "Unproven", 850},
                                            {"POC", "Proof-of-Concept", 900},
                                            {"F", "Functional", 950},
                                            {"H", "High", 1000},
                                            {0}};
static const struct cvss_value remediation[] = {{"ND", "Not Defined", 1000},
                                                {"OF", "Official Fix", 870},
                                                {"TF", "Temporary Fix", 900},
                                                {"W", "Workaround", 950},
                                                {"U", "Unavailable", 1000},
                                                {0}};
static const struct cvss_value confidence[] = {{"ND", "Not Defined", 1000},
                                               {"UC", "Unconfirmed", 900},
                                               {"UR", "Uncorroborated", 950},
                                               {"C", "Confirmed", 1000},
                                               {0}};
static const struct cvss_value collateral[] = {{"ND", "Not Defined", 0},
                                               {"N", "None", 0},
                                               {"L", "Low", 100},
                                               {"LM", "Low-Medium", 300},
                                               {"MH", "Medium-High", 400},
                                               {"H", "High", 500},
                                               {0}};
static const struct cvss_value distribution[] = {{"ND", "Not Defined", 1000},
                                                 {"N", "None", 0},
                                                 {"L", "Low", 250},
                                                 {"M", "Medium", 750},
                                                 {"H", "High", 1000},
                                                 {0}};
static const struct cvss_value requirement[] = {
    {"ND", "Not Defined", 1000}, {"L", "Low", 500}, {"M", "Medium", 1000}, {"H", "High", 1510}, {0}};

static const struct cvss_metric metrics[COUNT] = {
    [AV] = {"AV", "Access Vector", access_vector},
    [AC] = {"AC", "Access Complexity", access_complexity},
    [AU] = {"Au", "Authentication", authentication},
    [C] = {"C", "Confidentiality Impact", impact_values},
    [I] = {"I", "Integrity Impact", impact_values},
    [A] = {"A", "Availability Impact", impact_values},
    [E] = {"E", "Exploitability", exploit},
    [RL] = {"RL", "Remediation Level", remediation},
    [RC] = {"RC", "Report Confidence", confidence},
    [CDP] = {"CDP", "Collateral Damage Potential", collateral},
    [TD] = {"TD", "Target Distribution", distribution},
    [CR] = {"CR", "Confidentiality Requirement", requirement},
    [IR] = {"IR", "Integrity Requirement", requirement},
    [AR] = {"AR", "Availability Requirement", requirement},
};

static double factor(const struct cvss_vector *vector, enum metric metric) {
  return cvss_vector_weight(vector, metric) / 1000.0;
}

static double base_impact(const struct cvss_vector *vector) {
  return 10.41 * (1 - (1 - factor(vector, C)) * (1 - factor(vector, I)) * (1 - factor(vector, A)));
}

static double adjusted_impact(const struct cvss_vector *vector) {
  double spared = (1 - factor(vector, C) * factor(vector, CR)) * (1 - factor(vector, I) * factor(vector, IR)) *
                  (1 - factor(vector, A) * factor(vector, AR));
  double impact = 10.41 * (1 - spared);
  return impact < 10 ? impact : 10;
}

/* In tenths. Below 0 where the requirements are low: the equations know no bound there. */
static int base_score(const struct cvss_vector *vector, double impact) {
  double exploitability = 20 * factor(vector, AV) * factor(vector, AC) * factor(vector, AU);
  double f = impact == 0 ? 0 : 1.176;
  double tenths = (0.6 * impact + 0.4 * exploitability - 1.5) * f * 10;
  return (int)(tenths < 0 ? tenths - 0.5 : tenths + 0.5);
}

/* To the nearest whole number. */
static int divide(long long dividend, long long divisor) {
  long long half = dividend < 0 ? -divisor / 2 : divisor / 2;
  return (int)((dividend + half) / divisor);
}

static int temporal_score(const struct cvss_vector *vector, int base) {
  long long exploitability = cvss_vector_weight(vector, E);
  long long factors = exploitability * cvss_vector_weight(vector, RL) * cvss_vector_weight(vector, RC);
  return divide(base * factors, 1000000000);
}

static int environmental_score(const struct cvss_vector *vector) {
  int adjusted = temporal_score(vector, base_score(vector, adjusted_impact(vector)));
  long long damage = adjusted * 1000LL + (100 - adjusted) * cvss_vector_weight(vector, CDP);
  int score = divide(damage * cvss_vector_weight(vector, TD), 1000000);
  return score < 0 ? 0 : score;
}

static void score(const struct cvss_vector *vector, struct cvss_scores *scores) {
  scores->score = scores->base = base_score(vector, base_impact(vector));
  scores->temporal = cvss_vector_defines(vector, E, RC) ? temporal_score(vector, scores->base) : CVSS_NO_SCORE;
  scores->environmental = cvss_vector_defines(vector, CDP, AR) ? environmental_score(vector) : CVSS_NO_SCORE;
}

const struct cvss_language cvss_20 = {.version = 20,
                                      .prefix = "CVSS:2.0/",
                                      .mandatory = A + 1,
                                      .count = COUNT,
                                      .metrics = metrics,
                                      .score = score};
