/* CVSS 4.0: https://www.first.org/cvss/v4.0/specification-document, sections 2 to 5 (metrics) and 8 (scoring).
 *
 * Six sets of equivalent values (EQ1 to EQ6) make a vector's macrovector, whose score experts have set: the table of
 * https://github.com/FIRSTdotorg/cvss-v4-calculator (BSD-2-Clause). A vector less severe than the highest of its
 * macrovector loses a share of what lies between that score and those of the next lower macrovectors.
 *
 * All of it is whole numbers, and exact. The middle between two tenths goes up, as in FIRST's calculator. */
#include "cvss_vector.h"

enum metric {
  AV, AC, AT, PR, UI, VC, VI, VA, SC, SI, SA,                   /* base */
  E,                                                            /* threat */
  CR, IR, AR,                                                   /* environmental */
  MAV, MAC, MAT, MPR, MUI, MVC, MVI, MVA, MSC, MSI, MSA,
  S, AU, R, V, RE, U,                                           /* supplemental: nothing for the score */
  COUNT
};

/* The weight of what is not defined in the environment: the base metric holds. */
enum { FROM_BASE = -1 };

/* A weight is a value's severity level: 0 for the most severe, then one more a step. */
static const struct cvss_value attack_vector[] = {{"X", "Not Defined", FROM_BASE},
                                                  {"N", "Network", 0},
                                                  {"A", "Adjacent", 1},
                                                  {"L", "Local", 2},
                                                  {"P", "Physical", 3},
                                                  {0}};
static const struct cvss_value complexity[] = {{"X", "Not Defined", FROM_BASE}, {"L", "Low", 0}, {"H", "High", 1}, {0}};
static const struct cvss_value requirements[] = {
    {"X", "Not Defined", FROM_BASE}, {"N", "None", 0}, {"P", "Present", 1}, {0}};
static const struct cvss_value privileges[] = {
    {"X", "Not Defined", FROM_BASE}, {"N", "None", 0}, {"L", "Low", 1}, {"H", "High", 2}, {0}};
static const struct cvss_value interaction[] = {
    {"X", "Not Defined", FROM_BASE}, {"N", "None", 0}, {"P", "Passive", 1}, {"A", "Active", 2}, {0}};
static const struct cvss_value vulnerable[] = {
    {"X", "Not Defined", FROM_BASE}, {"H", "High", 0}, {"L", "Low", 1}, {"N", "None", 2}, {0}};
static const struct cvss_value subsequent[] = {{"H", "High", 1}, {"L", "Low", 2}, {"N", "None", 3}, {0}};
static const struct cvss_value modified_confidentiality[] = {
    {"X", "Not Defined", FROM_BASE}, {"H", "High", 1}, {"L", "Low", 2}, {"N", "Negligible", 3}, {0}};
static const struct cvss_value modified_subsequent[] = {{"X", "Not Defined", FROM_BASE},
                                                        {"S", "Safety", 0},
                                                        {"H", "High", 1},
                                                        {"L", "Low", 2},
                                                        {"N", "Negligible", 3},
                                                        {0}};
/* What is not defined of these counts as the worst. */
static const struct cvss_value maturity[] = {
    {"X", "Not Defined", 0}, {"A", "Attacked", 0}, {"P", "Proof-of-Concept", 1}, {"U", "Unreported", 2}, {0}};
static const struct cvss_value requirement[] = {
    {"X", "Not Defined", 0}, {"H", "High", 0}, {"M", "Medium", 1}, {"L", "Low", 2}, {0}};

static const struct cvss_value safety[] = {{"X", "Not Defined", 0}, {"N", "Negligible", 0}, {"P", "Present", 0}, {0}};
static const struct cvss_value automatable[] = {{"X", "Not Defined", 0}, {"N", "No", 0}, {"Y", "Yes", 0}, {0}};
static const struct cvss_value recovery[] = {
    {"X", "Not Defined", 0}, {"A", "Automatic", 0}, {"U", "User", 0}, {"I", "Irrecoverable", 0}, {0}};
static const struct cvss_value density[] = {
    {"X", "Not Defined", 0}, {"D", "Diffuse", 0}, {"C", "Concentrated", 0}, {0}};
static const struct cvss_value effort[] = {
    {"X", "Not Defined", 0}, {"L", "Low", 0}, {"M", "Moderate", 0}, {"H", "High", 0}, {0}};
static const struct cvss_value urgency[] = {{"X", "Not Defined", 0}, {"Clear", "Clear", 0}, {"Green", "Green", 0},
                                            {"Amber", "Amber", 0},   {"Red", "Red", 0},     {0}};

static const struct cvss_metric metrics[COUNT] = {
    [AV] = {"AV", "Attack Vector", attack_vector + 1},
    [AC] = {"AC", "Attack Complexity", complexity + 1},
    [AT] = {"AT", "Attack Requirements", requirements + 1},
    [PR] = {"PR", "Privileges Required", privileges + 1},
    [UI] = {"UI", "User Interaction", interaction + 1},
    [VC] = {"VC", "Confidentiality Impact to the Vulnerable System", vulnerable + 1},
    [VI] = {"VI", "Integrity Impact to the Vulnerable System", vulnerable + 1},
    [VA] = {"VA", "Availability Impact to the Vulnerable System", vulnerable + 1},
    [SC] = {"SC", "Confidentiality Impact to the Subsequent System", subsequent},
    [SI] = {"SI", "Integrity Impact to the Subsequent System", subsequent},
    [SA] = {"SA", "Availability Impact to the Subsequent System", subsequent},
    [E] = {"E", "Exploit Maturity", maturity},
    [CR] = {"CR", "Confidentiality Requirement", requirement},
    [IR] = {"IR", "Integrity Requirement", requirement},
    [AR] = {"AR", "Availability Requirement", requirement},
    [MAV] = {"MAV", "Modified Attack Vector", attack_vector},
    [MAC] = {"MAC", "Modified Attack Complexity", complexity},
    [MAT] = {"MAT", "Modified Attack Requirements", requirements},
    [MPR] = {"MPR", "Modified Privileges Required", privileges},
    [MUI] = {"MUI", "Modified User Interaction", interaction},
    [MVC] = {"MVC", "Modified Vulnerable System Confidentiality", vulnerable},
    [MVI] = {"MVI", "Modified Vulnerable System Integrity", vulnerable},
    [MVA] = {"MVA", "Modified Vulnerable System Availability", vulnerable},
    [MSC] = {"MSC", "Modified Subsequent System Confidentiality", modified_confidentiality},
    [MSI] = {"MSI", "Modified Subsequent System Integrity", modified_subsequent},
    [MSA] = {"MSA", "Modified Subsequent System Availability", modified_subsequent},
    [S] = {"S", "Safety", safety},
    [AU] = {"AU", "Automatable", automatable},
    [R] = {"R", "Recovery", recovery},
    [V] = {"V", "Value Density", density},
    [RE] = {"RE", "Vulnerability Response Effort", effort},
    [U] = {"U", "Provider Urgency", urgency},
};

/* EQ3 and EQ6 go together: of their six pairs one cannot be. */
enum { EQ36_00, EQ36_01, EQ36_10, EQ36_11, EQ36_21, EQ36_COUNT };

enum { EQ1, EQ2, EQ36, EQ4, EQ5, EQ_COUNT };

static const int level_counts[EQ_COUNT] = {[EQ1] = 3, [EQ2] = 2, [EQ36] = EQ36_COUNT, [EQ4] = 3, [EQ5] = 3};

/* Scores of the macrovectors in tenths, by EQ1, EQ2, EQ3 with EQ6, EQ4 and EQ5. */
static const unsigned char macrovector_scores[3][2][EQ36_COUNT][3][3] = {
    {{{{100, 98, 95}, {100, 93, 91}, {93, 89, 81}},
      {{99, 95, 92}, {96, 87, 81}, {90, 80, 68}},
      {{98, 95, 90}, {93, 89, 81}, {88, 78, 69}},
      {{95, 92, 84}, {92, 81, 65}, {80, 70, 48}},
      {{92, 82, 72}, {79, 69, 50}, {69, 55, 27}}},
     {{{99, 95, 92}, {95, 90, 84}, {92, 82, 72}},
      {{97, 92, 85}, {91, 83, 71}, {81, 71, 53}},
      {{95, 92, 85}, {92, 80, 70}, {84, 71, 50}},
      {{93, 85, 73}, {82, 72, 59}, {70, 52, 30}},
      {{86, 75, 52}, {71, 52, 29}, {63, 29, 17}}}},
    {{{{98, 94, 91}, {94, 86, 77}, {87, 74, 63}},
      {{95, 87, 81}, {89, 74, 64}, {75, 63, 49}},
      {{94, 88, 76}, {86, 74, 59}, {72, 57, 52}},
      {{89, 77, 67}, {76, 58, 50}, {57, 52, 25}},
      {{83, 70, 54}, {65, 58, 26}, {53, 21, 13}}},
     {{{95, 88, 76}, {90, 75, 61}, {77, 68, 52}},
      {{90, 76, 70}, {77, 62, 53}, {66, 59, 30}},
      {{89, 76, 62}, {74, 57, 47}, {61, 57, 24}},
      {{78, 67, 58}, {59, 57, 23}, {52, 29, 16}},
      {{71, 59, 30}, {58, 26, 15}, {23, 13, 6}}}},
    {{{{93, 86, 75}, {86, 74, 56}, {70, 52, 40}},
      {{87, 72, 58}, {74, 61, 34}, {54, 40, 22}},
      {{85, 74, 62}, {72, 55, 46}, {53, 34, 19}},
      {{75, 55, 51}, {57, 41, 19}, {36, 19, 8}},
      {{64, 51, 20}, {47, 21, 11}, {24, 9, 4}}},
     {{{88, 73, 60}, {73, 59, 41}, {54, 45, 20}},
      {{75, 53, 50}, {55, 40, 20}, {43, 22, 11}},
      {{75, 58, 40}, {61, 48, 20}, {46, 17, 8}},
      {{55, 45, 21}, {51, 18, 9}, {18, 7, 2}},
      {{53, 24, 14}, {24, 12, 5}, {10, 3, 1}}}}};

/* The least sum of levels in a set: that of its highest severity vectors, which all have the same one. */
static const int least_levels[EQ_COUNT][EQ36_COUNT] = {
    [EQ1] = {0, 1, 3}, [EQ2] = {0, 1}, [EQ36] = {0, 3, 1, 3, 3}, [EQ4] = {1, 3, 6}};

/* Depths of the sets, in levels; SHARE is a multiple of all of them. EQ5 has one vector a set and loses nothing. */
static const int depths[EQ_COUNT][EQ36_COUNT] = {
    [EQ1] = {1, 4, 5}, [EQ2] = {1, 2}, [EQ36] = {7, 6, 8, 8, 10}, [EQ4] = {6, 5, 4}, [EQ5] = {1, 1, 1}};
enum { SHARE = 840 };

/* The severity levels of a vector, and what follows from them. */
struct state {
  int levels[AR + 1];
  int eq[EQ_COUNT];        /* the macrovector */
  int distance[EQ_COUNT];  /* from the highest severity vectors of each set */
};

static void take_levels(const struct cvss_vector *vector, bool only_base, struct state *state) {
  for (int i = AV; i <= AR; i++) {
    int level = cvss_vector_weight(vector, i);
    int modified = i <= SA && !only_base ? cvss_vector_weight(vector, MAV + i) : FROM_BASE;
    if (modified != FROM_BASE) level = modified;
    state->levels[i] = i > SA && only_base ? 0 : level;
  }
}

static int find_eq1(const int *levels) {
  if (levels[AV] == 0 && levels[PR] == 0 && levels[UI] == 0) return 0;
  bool has_none = levels[AV] == 0 || levels[PR] == 0 || levels[UI] == 0;
  return has_none && levels[AV] != 3 ? 1 : 2;
}

static int find_eq36(const int *levels) {
  bool c = levels[VC] == 0, i = levels[VI] == 0, a = levels[VA] == 0;
  bool is_required = (c && levels[CR] == 0) || (i && levels[IR] == 0) || (a && levels[AR] == 0);
  if (c && i) return is_required ? EQ36_00 : EQ36_01;
  if (c || i || a) return is_required ? EQ36_10 : EQ36_11;
  return EQ36_21;
}

static int find_eq4(const int *levels) {
  if (levels[SI] == 0 || levels[SA] == 0) return 0;
  return levels[SC] == 1 || levels[SI] == 1 || levels[SA] == 1 ? 1 : 2;
}

static void find_sets(struct state *state) {
  const int *levels = state->levels;
  state->eq[EQ1] = find_eq1(levels);
  state->eq[EQ2] = levels[AC] == 0 && levels[AT] == 0 ? 0 : 1;
  state->eq[EQ36] = find_eq36(levels);
  state->eq[EQ4] = find_eq4(levels);
  state->eq[EQ5] = levels[E];
  state->distance[EQ1] = levels[AV] + levels[PR] + levels[UI];
  state->distance[EQ2] = levels[AC] + levels[AT];
  state->distance[EQ36] = levels[VC] + levels[VI] + levels[VA] + levels[CR] + levels[IR] + levels[AR];
  state->distance[EQ4] = levels[SC] + levels[SI] + levels[SA];
  state->distance[EQ5] = 0;
  for (int i = 0; i < EQ_COUNT; i++) state->distance[i] -= least_levels[i][state->eq[i]];
}

static int macrovector_score(const int *eq) {
  return macrovector_scores[eq[EQ1]][eq[EQ2]][eq[EQ36]][eq[EQ4]][eq[EQ5]];
}

static int score_with(const struct state *state, int set, int level) {
  int eq[EQ_COUNT];
  for (int i = 0; i < EQ_COUNT; i++) eq[i] = i == set ? level : state->eq[i];
  return macrovector_score(eq);
}

/* The score of the next lower macrovector in one set; CVSS_NO_SCORE where there is none. */
static int next_lower(const struct state *state, int set) {
  int level = state->eq[set];
  if (set == EQ36 && level == EQ36_00) {
    int left = score_with(state, set, EQ36_01), right = score_with(state, set, EQ36_10);
    return left > right ? left : right;
  }
  int lower = set == EQ36 && level == EQ36_01 ? EQ36_11 : level + 1;
  return lower < level_counts[set] ? score_with(state, set, lower) : CVSS_NO_SCORE;
}

static bool has_no_impact(const int *levels) {
  for (int i = VC; i <= SA; i++) {
    if (levels[i] != (i <= VA ? 2 : 3)) return false;
  }
  return true;
}

static int score_of(const struct cvss_vector *vector, bool only_base) {
  struct state state;
  take_levels(vector, only_base, &state);
  if (has_no_impact(state.levels)) return 0;
  find_sets(&state);
  int highest = macrovector_score(state.eq), loss = 0, lower_count = 0;
  for (int set = 0; set < EQ_COUNT; set++) {
    int lower = next_lower(&state, set);
    if (lower == CVSS_NO_SCORE) continue;
    lower_count++;
    loss += (highest - lower) * state.distance[set] * (SHARE / depths[set][state.eq[set]]);
  }
  if (lower_count == 0) return highest;
  int whole = SHARE * lower_count;
  return (2 * (highest * whole - loss) + whole) / (2 * whole);
}

static void score(const struct cvss_vector *vector, struct cvss_scores *scores) {
  scores->score = score_of(vector, false);
  scores->base = score_of(vector, true);
  scores->temporal = scores->environmental = CVSS_NO_SCORE;
}

const struct cvss_language cvss_40 = {.version = 40,
                                      .prefix = "CVSS:4.0/",
                                      .is_ordered = true,
                                      .mandatory = SA + 1,
                                      .count = COUNT,
                                      .metrics = metrics,
                                      .score = score};
