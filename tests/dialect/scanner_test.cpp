// What the scanner reads of a kernel file, and what it refuses with which message.
#include <gtest/gtest.h>

#include "runtime/kernels/dialect.hpp"

namespace halyard::dialect {
namespace {

std::vector<Signature> good(const std::string& source) {
  std::vector<Signature> signatures;
  hy_error error{};
  EXPECT_EQ(scan(source, "a.hk", &signatures, &error), HY_OK) << error.message;
  return signatures;
}

// The message of a refused source.
std::string refused(const std::string& source) {
  std::vector<Signature> signatures;
  hy_error error{};
  EXPECT_EQ(scan(source, "a.hk", &signatures, &error), HY_COMPILE_FAILED) << source;
  return error.message;
}

#define EXPECT_REFUSED(source, beginning) EXPECT_EQ(refused(source).substr(0, std::string(beginning).size()), beginning)

std::string phases(const std::string& body) { return "HY_WORKGROUP(4)\nHY_KERNEL(k)\n{\n" + body + "\n}\n"; }

TEST(Scanner, ReadsNamesKindsAndTypesOfParameters) {
  const auto signatures =
      good("HY_KERNEL(f, HY_IN(float, x), HY_OUT(uchar4, y), HY_INOUT(bfloat16, z), HY_VAL(ulong, n)) {}");
  ASSERT_EQ(signatures.size(), 1u);
  const Signature& f = signatures[0];
  EXPECT_EQ(f.name, "f");
  ASSERT_EQ(f.parameters.size(), 4u);
  EXPECT_EQ(f.parameters[0].kind, static_cast<hy_param_kind>(HY_PARAM_IN));
  EXPECT_EQ(f.parameters[0].type, static_cast<hy_type>(HY_F32));
  EXPECT_EQ(f.parameters[1].kind, static_cast<hy_param_kind>(HY_PARAM_OUT));
  EXPECT_EQ(f.parameters[1].type, HY_VECTOR(HY_U8, 4));
  EXPECT_EQ(f.parameters[2].kind, static_cast<hy_param_kind>(HY_PARAM_INOUT));
  EXPECT_EQ(f.parameters[2].type, static_cast<hy_type>(HY_BF16));
  EXPECT_EQ(f.parameters[3].kind, static_cast<hy_param_kind>(HY_PARAM_VALUE));
  EXPECT_EQ(f.parameters[3].name, "n");
  EXPECT_FALSE(f.fixed_workgroup);
  EXPECT_EQ(f.model, ItemModel::kLoop);
}

TEST(Scanner, ReadsHeadsOverSeveralLinesWithCommentsAndContinuations) {
  const auto signatures = good(
      "/* HY_KERNEL( */ // HY_KERNEL(\n#define A \\\n 1\n\nHY_WORKGROUP(A /*,*/, (2, 3))\nHY_KERNEL( // c\n"
      "  g /* , */,\n\\\n HY_IN(float, x))\n{\n char c = '{'; const char* s = \"}\\\"{\"; }\n"
      "HY_KERNEL(h) { }");
  ASSERT_EQ(signatures.size(), 2u);
  EXPECT_EQ(signatures[0].name, "g");
  EXPECT_EQ(signatures[0].line, 6u);
  EXPECT_TRUE(signatures[0].fixed_workgroup);
  EXPECT_EQ(signatures[1].name, "h");
}

TEST(Scanner, TellsPhasesBarriersAndLoopsApart) {
  EXPECT_EQ(good(phases("HY_ITEMS(i) { }"))[0].model, ItemModel::kPhases);
  EXPECT_EQ(good("HY_KERNEL(k) { hy_barrier(); }")[0].model, ItemModel::kBarriers);
  EXPECT_EQ(good("HY_KERNEL(k) { HY_LOCAL(int, a, 4); a[0] = 1; }")[0].model, ItemModel::kBarriers);
  const auto helper = good("HY_FUNCTION void f(HY_ITEM_PARAM) { hy_barrier(); }\nHY_KERNEL(k) { f(HY_ITEM_ARG); }");
  EXPECT_EQ(helper[0].model, ItemModel::kBarriers);
  EXPECT_EQ(good("#define SYNC hy_barrier()\nHY_KERNEL(k) { SYNC; }")[0].model, ItemModel::kBarriers);
}

TEST(Scanner, AcceptsAFileWithoutKernelsAndLinesEndedInBothWays) {
  EXPECT_TRUE(good("").empty());
  EXPECT_TRUE(good("\xEF\xBB\xBF// nothing\r\n#define A 1 \\\r\n + 2\r\n").empty());
}

TEST(Scanner, RefusesHeadsThatItCannotRead) {
  EXPECT_REFUSED("\nHY_KERNEL", "a.hk:2: HY_KERNEL needs ( and )");
  EXPECT_REFUSED("HY_KERNEL(", "a.hk:1: HY_KERNEL needs ( and )");
  EXPECT_REFUSED("HY_KERNEL() {}", "a.hk:1: HY_KERNEL begins with the kernel's name");
  EXPECT_REFUSED("HY_KERNEL(k, ) {}", "a.hk:1: parameter 1 of kernel 'k' is not one of");
  EXPECT_REFUSED("HY_KERNEL(k,\n float x) {}", "a.hk:2: parameter 1 of kernel 'k' is not one of");
  EXPECT_REFUSED("HY_KERNEL(k, HY_IN(float)) {}", "a.hk:1: parameter 1 of kernel 'k' should read HY_IN(type, name)");
  EXPECT_REFUSED("HY_KERNEL(k, HY_IN(float, x) y) {}",
                 "a.hk:1: parameter 1 of kernel 'k' should read HY_IN(type, name)");
  EXPECT_REFUSED("HY_KERNEL(k, HY_IN(unsigned int, x)) {}", "a.hk:1: type 'unsigned int' of parameter 1");
  EXPECT_REFUSED("HY_KERNEL(k, HY_IN(half4, x)) {}", "a.hk:1: type 'half4'");
  EXPECT_REFUSED("HY_KERNEL(k, HY_IN(float3, x)) {}", "a.hk:1: type 'float3'");
  EXPECT_REFUSED("HY_KERNEL(k, HY_VAL(half, x)) {}", "a.hk:1: 'half' is a storage type");
  EXPECT_REFUSED("HY_KERNEL(k, HY_IN(int, x), HY_VAL(int, x)) {}",
                 "a.hk:1: two parameters of kernel 'k' are named 'x'");
  EXPECT_REFUSED("HY_KERNEL(k) {}\nHY_KERNEL(k) {}", "a.hk:2: kernel 'k' is already declared in line 1");
  EXPECT_REFUSED("HY_KERNEL(k)", "a.hk:1: expected the body of kernel 'k'");
  EXPECT_REFUSED("HY_KERNEL(k) {", "a.hk:1: the body of kernel 'k' is never closed");
  EXPECT_REFUSED("HY_KERNEL(k) { HY_KERNEL(l) {} }", "a.hk:1: HY_KERNEL inside the body of kernel 'k'");
  EXPECT_REFUSED("void f() { HY_KERNEL(k) {} }", "a.hk:1: HY_KERNEL stands inside braces");
  EXPECT_REFUSED("HY_WORKGROUP(1, 2, 3, 4) HY_KERNEL(k) {}", "a.hk:1: HY_WORKGROUP has 4 values");
  EXPECT_REFUSED("HY_WORKGROUP() HY_KERNEL(k) {}", "a.hk:1: value 1 of HY_WORKGROUP is empty");
  EXPECT_REFUSED("HY_WORKGROUP(4) void f();", "a.hk:1: expected HY_KERNEL right after");
}

TEST(Scanner, RefusesNamesThatACompilerTakesForItself) {
  for (const std::string name : {"kernel", "template", "hy_x", "HY_X", "float4", "__x", "this", "local"}) {
    EXPECT_REFUSED("HY_KERNEL(" + name + ") {}", "a.hk:1: '" + name + "' cannot name a kernel");
    EXPECT_REFUSED("HY_KERNEL(k, HY_VAL(int, " + name + ")) {}", "a.hk:1: '" + name + "' cannot name a parameter");
  }
}

TEST(Scanner, RefusesMoreThanSixtyFourParameters) {
  std::string head = "HY_KERNEL(k";
  for (int i = 0; i < 64; ++i) {
    head += ", HY_VAL(int, p" + std::to_string(i) + ")";
  }
  EXPECT_EQ(good(head + ") {}")[0].parameters.size(), 64u);
  EXPECT_REFUSED(head + ", HY_VAL(int, one_more)) {}", "a.hk:1: kernel 'k' has 65 parameters");
}

TEST(Scanner, RefusesWhatItCouldNotSeeThroughAMacro) {
  EXPECT_REFUSED("#define K(n) \\\n HY_KERNEL(n)\n", "a.hk:1: HY_KERNEL in a #define");
  EXPECT_REFUSED("HY_KERNEL(k) {\n#define T HY_LOCAL(int, t, 4)\n}", "a.hk:2: HY_LOCAL in a #define");
  EXPECT_REFUSED("#define EACH HY_ITEMS(i)\n", "a.hk:1: HY_ITEMS in a #define");
  EXPECT_REFUSED("\n#include <stdio.h>\n", "a.hk:2: #include in a kernel file");
}

TEST(Scanner, RefusesDigraphs) {
  EXPECT_REFUSED("\nHY_KERNEL(k) <% %>", "a.hk:2: <% is a digraph");
  EXPECT_REFUSED("HY_KERNEL(k, HY_OUT(int, y)) { y<:0:> = 1; }", "a.hk:1: <: is a digraph");
  EXPECT_REFUSED("%:define RETURN return\n", "a.hk:1: %: is a digraph");
  good("HY_KERNEL(k, HY_VAL(int, a)) { int b = a < -1 ? a % 3 : 2; const char* s = \"<%\"; }  // %:");
}

TEST(Scanner, RefusesTextThatIsNoSource) {
  EXPECT_REFUSED(std::string("int a;\n\0", 8), "a.hk:2: the source holds a zero byte");
  EXPECT_REFUSED("/* never", "a.hk:1: this comment is never closed");
  EXPECT_REFUSED("const char* a = \"b\n", "a.hk:1: this literal is not closed");
  EXPECT_REFUSED("}", "a.hk:1: this } closes nothing");
  EXPECT_REFUSED("void f() {", "a.hk:1: this { is never closed");
}

TEST(Phases, AreRefusedWithoutAFixedWorkgroup) {
  EXPECT_REFUSED("HY_KERNEL(k) { HY_ITEMS(i) { } }", "a.hk:1: kernel 'k' has phases and so needs HY_WORKGROUP");
}

TEST(Phases, AreNotLeftByReturnGotoOrBreak) {
  EXPECT_REFUSED(phases("HY_ITEMS(i) { if (i) return; }"), "a.hk:4: 'return' leaves a phase of kernel 'k'");
  EXPECT_REFUSED(phases("HY_ITEMS(i) {\n goto end;\n }"), "a.hk:5: 'goto' leaves a phase");
  EXPECT_REFUSED(phases("HY_ITEMS(i) { if (i) { break; } }"), "a.hk:4: 'break' leaves a phase");
  EXPECT_REFUSED(phases("for (;;) { HY_ITEMS(i) { break; } }"), "a.hk:4: 'break' leaves a phase");
  EXPECT_REFUSED("#define LEAVE return\n" + phases("HY_ITEMS(i) { LEAVE; }"), "a.hk:5: 'LEAVE' leaves a phase");
}

TEST(Phases, AreNotLeftThroughMacrosNorMacrosOfMacros) {
  EXPECT_REFUSED("#define STOP break\n" + phases("HY_ITEMS(i) { if (i) STOP; }"), "a.hk:5: 'STOP' leaves a phase");
  EXPECT_REFUSED("#define UNLESS(c) if (!(c)) STOP\n#define STOP break\n" + phases("HY_ITEMS(i) { UNLESS(i); }"),
                 "a.hk:6: 'UNLESS' leaves a phase");
  EXPECT_REFUSED("#define A B\n#define B A C\n#define C return\n" + phases("HY_ITEMS(i) { A; }"),
                 "a.hk:7: 'A' leaves a phase");
  good("#define STOP break\n" + phases("HY_ITEMS(i) { for (;;) { STOP; } } while (1) { STOP; }"));
}

TEST(Phases, MayUseMacrosWhoseCommentsAndTextsSpeakOfLeaving) {
  good("#define N 4  // to break or return\n#define M /* goto */ \"return\" '\"' /* break */\n" +
       phases("HY_ITEMS(i) { f(N, M); }"));
}

TEST(Phases, MayHoldLoopsAndSwitchesWithTheirOwnBreaks) {
  good(phases("HY_ITEMS(i) { for (;;) if (i) break; while (i) { break; } do { break; } while (i); continue; }"));
  good(phases("HY_ITEMS(i) { switch (i) { case 0: break; default: { if (i) break; } } int a[2] = {1, 2}; }"));
  good(phases("HY_ITEMS(i) { for (;;)\n#if A\n for (;;)\n#endif\n { break; }\n }"));
  EXPECT_REFUSED(phases("HY_ITEMS(i) { for (;;) { } break; }"), "a.hk:4: 'break' leaves a phase");
}

TEST(Phases, StandInUniformControlFlowThatMayReturnOrBreak) {
  good(phases("if (1) { HY_ITEMS(i) { } } else return; while (1) { HY_ITEMS(i) { } if (1) break; }"));
}

TEST(Phases, DoNotNestNorHoldBarriersOrDeclarations) {
  EXPECT_REFUSED(phases("HY_ITEMS(i) { HY_ITEMS(j) { } }"), "a.hk:4: HY_ITEMS inside a phase");
  EXPECT_REFUSED(phases("HY_ITEMS(i) { hy_barrier(); }"), "a.hk:4: hy_barrier inside a phase");
  EXPECT_REFUSED(phases("HY_ITEMS(i) { }\nhy_barrier();"),
                 "a.hk:5: hy_barrier in kernel 'k', which is written in phases");
  EXPECT_REFUSED(phases("HY_ITEMS(i) { HY_LOCAL(int, a, 4); }"), "a.hk:4: HY_LOCAL stands at the top");
  EXPECT_REFUSED(phases("HY_ITEMS(i) { }\nHY_PRIVATE(int, a);"), "a.hk:5: HY_PRIVATE stands before the first phase");
  EXPECT_REFUSED(phases("HY_ITEMS2(i) { }"), "a.hk:4: HY_ITEMS2 takes 2 name(s)");
  EXPECT_REFUSED(phases("HY_ITEMS(i) i = 1;"), "a.hk:4: expected { after HY_ITEMS");
  EXPECT_REFUSED(phases("f(HY_ITEMS(i));"), "a.hk:4: HY_ITEMS stands where no statement begins");
  EXPECT_REFUSED(phases("HY_ITEM(i) { }"), "a.hk:4: 'HY_ITEM' is no word of the dialect; did you mean HY_ITEMS?");
  EXPECT_REFUSED(phases("hy_items2(i, k) { }"),
                 "a.hk:4: 'hy_items2' is no word of the dialect; did you mean HY_ITEMS2?");
  EXPECT_REFUSED("HY_FUNCTION void f(HY_ITEM_PARAM) { hy_barrier(); }\n" + phases("HY_ITEMS(i) { f(HY_ITEM_ARG); }"),
                 "a.hk:3: kernel 'k' is written in phases and hands HY_ITEM_ARG on");
}

TEST(Phases, OfAMacroThatTheFileDefinesAreLeftToTheCompiler) {
  hy_error error{};
  std::vector<halyard::dialect::Signature> found;
  const std::string text = "#define HY_ITEM(i) x[i] = 1\nHY_KERNEL(k, HY_OUT(int, x))\n{\n  HY_ITEM(i);\n}\n";
  EXPECT_EQ(halyard::dialect::scan(text, "a.hk", &found, &error), HY_OK) << error.message;
}

TEST(Phases, HaveNoItemsBetweenThem) {
  const std::string outside = "' outside the phases of kernel 'k'";
  EXPECT_REFUSED(phases("const uint l = hy_local_id(0);\nHY_ITEMS(i) { f(l); }"), "a.hk:4: 'hy_local_id" + outside);
  EXPECT_REFUSED(phases("HY_ITEMS(i) { }\nif (hy_global_id(0) == 0) { f(); }"), "a.hk:5: 'hy_global_id" + outside);
  EXPECT_REFUSED(phases("for (;;) {\n HY_ITEMS(i) { }\n f(HY_AT(a)); }"), "a.hk:6: 'HY_AT" + outside);
  EXPECT_REFUSED(phases("HY_ITEMS(i) { }\nf(HY_ITEM_ARG);"), "a.hk:5: 'HY_ITEM_ARG" + outside);
  EXPECT_REFUSED(phases("f(hy_subgroup_local_id());\nHY_ITEMS(i) { }"), "a.hk:4: 'hy_subgroup_local_id" + outside);
  EXPECT_REFUSED("#define LANE hy_local_id(0)\n" + phases("f(LANE);\nHY_ITEMS(i) { }"), "a.hk:5: 'LANE" + outside);
  EXPECT_NE(refused(phases("f(hy_local_id(0)); HY_ITEMS(i) { }")).find("inside HY_ITEMS(i) { ... }"),
            std::string::npos);
}

TEST(Phases, HaveGroupsAndSizesBetweenThemAndItemsInside) {
  good(phases("f(hy_group_id(0), hy_num_groups(0), hy_local_size(0), hy_global_size(0));\nHY_ITEMS(i) { }"));
  good("#define LANE hy_local_id(0)\n" + phases("HY_ITEMS(i) { f(LANE, hy_global_id(0), HY_AT(a), HY_ITEM_ARG); }"));
  good("HY_KERNEL(k) { f(hy_local_id(0)); hy_barrier(); }");
  good(phases("#if HY_TARGET_CUDA\nf(hy_local_id(0));\n#endif\nHY_ITEMS(i) { }"));
}

TEST(Helpers, AreRefusedWithoutHyFunction) {
  EXPECT_REFUSED("\nfloat square(float v) { return v * v; }\nHY_KERNEL(k) { }", "a.hk:2: function 'square' lacks");
  EXPECT_REFUSED("static inline int f(void)\n{\n}\n", "a.hk:1: function 'f' lacks HY_FUNCTION");
  EXPECT_REFUSED("HY_KERNEL(k) { }\nint* f(int* p) { return p; }", "a.hk:2: function 'f' lacks HY_FUNCTION");
  EXPECT_REFUSED("struct pair { int a; };\nstruct pair f(struct pair p) { return p; }", "a.hk:2: function 'f' lacks");
  EXPECT_REFUSED("HY_FUNCTION int f(int v) { return v; }\nint g(int v) { return f(v); }", "a.hk:2: function 'g' lacks");
  EXPECT_REFUSED("float f(float v);\nfloat f(float v) { return v; }", "a.hk:2: function 'f' lacks HY_FUNCTION");
}

TEST(Helpers, ThatAskWhereTheyStandDeclareTheItem) {
  EXPECT_REFUSED("HY_FUNCTION ulong f(void) {\n return hy_global_id(0); }",
                 "a.hk:2: 'hy_global_id' in a helper function");
  EXPECT_REFUSED("HY_FUNCTION void f(int v) { hy_barrier(); }", "a.hk:1: 'hy_barrier' in a helper function");
  EXPECT_REFUSED("HY_FUNCTION int f(int v) { return v; }\nHY_FUNCTION int g(int v) { return f(HY_ITEM_ARG); }",
                 "a.hk:2: 'HY_ITEM_ARG' in a helper function");
  good("HY_FUNCTION ulong f(HY_ITEM_PARAM, int v) { return hy_global_id(0) + v; }");
  good("HY_FUNCTION int f(int v) { return v; }\nHY_KERNEL(k, HY_OUT(int, y)) { y[hy_global_id(0)] = f(1); }");
  good("HY_FUNCTION int f(int v) {\n#if HY_TARGET_CUDA\n return hy_local_id(0);\n#endif\n return v; }");
}

TEST(Phases, ReachPrivatesThroughHyAtAlone) {
  const std::string head =
      "HY_WORKGROUP(8) HY_KERNEL(k, HY_OUT(float, y)) {\nHY_PRIVATE(float, p);\nHY_PRIVATE_ARRAY(int, q, 4);\n";
  EXPECT_REFUSED(head + "HY_ITEMS(i) { p = i; } }", "a.hk:4: 'p' of kernel 'k' is HY_PRIVATE");
  EXPECT_REFUSED(head + "HY_ITEMS(i) { y[i] = q[2]; } }", "a.hk:4: 'q' of kernel 'k' is HY_PRIVATE");
  good(head + "HY_ITEMS(i) { HY_AT(p) = i; HY_AT2(q, 1) = 2; y[i] = s.p + t->p; } }");
}

TEST(Phases, HaveLocalMemoryOfAConstantCount) {
  EXPECT_REFUSED("HY_KERNEL(k, HY_OUT(int, y), HY_VAL(uint, n)) {\nHY_LOCAL(int, t, 2 * n);\n}",
                 "a.hk:2: the count of HY_LOCAL in kernel 'k' is a constant expression; 'n' is a parameter");
}

TEST(Helpers, AreToldFromAllElseThatHasBraces) {
  good("HY_FUNCTION float f(float v) { return v; }\nstatic inline HY_FUNCTION int g(int v) { if (v) { } return v; }");
  good(
      "struct pair { int a; int b; };\nunion u { int a; float b; };\nenum e { A, B = (1) };\n"
      "typedef struct { float x[2]; } box;\nHY_CONSTANT int t[2] = {1, 2};\nHY_CONSTANT int s[SIZE(2)] = {f(3)};");
  good("#define HELPER HY_FUNCTION\nHELPER int f(int v) { return v; }");
  good("#define MAKE(name) HY_FUNCTION int name(int v)\nMAKE(f) { return 0; }\nint x = MAX(1, 2);");
  good("#if HY_TARGET_CUDA\n__device__ int f(int v) { return v; }\n#endif\nOUTER(f) { }");
  good("#if HY_TARGET_OPENCL\nfloat f(float v) { return native_exp(v); }\n#elif A\nint g(void) { return 1; }\n#endif");
  good("#if A\n#elif HY_TARGET_HOST\nfloat f(float v) { return v; }\n#endif");
  EXPECT_REFUSED("#if HY_TARGET_CUDA\n#endif\nint f(void) { return 1; }", "a.hk:3: function 'f' lacks HY_FUNCTION");
  good("#if A\nHY_FUNCTION\n#else\nstatic HY_FUNCTION\n#endif\nint f(int v) { return v; }");
  good("struct HY_ALIGNED(16) quad { int a; };\nstruct __attribute__((aligned(16))) other { int a; };");
}

TEST(Bounds, StandFirstInKernelsWithoutBarriers) {
  good("HY_KERNEL(k, HY_VAL(uint, n)) { HY_BOUND(i, n); }");
  EXPECT_REFUSED("HY_KERNEL(k) { int a; HY_BOUND(i, 3); }", "a.hk:1: HY_BOUND stands first in the kernel's body");
  EXPECT_REFUSED("HY_KERNEL(k) { HY_BOUND2(i, 3); }", "a.hk:1: HY_BOUND2 takes 2 name(s) and as many bounds");
  EXPECT_REFUSED("HY_KERNEL(k) { HY_BOUND(i, 3); hy_barrier(); }", "a.hk:1: HY_BOUND in kernel 'k', whose items meet");
}

TEST(Bounds, AreRefusedBesideWordsOfSubGroups) {
  EXPECT_REFUSED("HY_KERNEL(k, HY_INOUT(int, y))\n{ HY_BOUND(i, 3);\n y[i] = hy_subgroup_reduce_add(y[i]); }",
                 "a.hk:3: 'hy_subgroup_reduce_add' in kernel 'k', which has HY_BOUND");
  EXPECT_REFUSED(
      "#define SUM hy_subgroup_reduce_add\nHY_KERNEL(k, HY_INOUT(int, y)) { HY_BOUND(i, 3); y[i] = SUM(y[i]); }",
      "a.hk:2: 'SUM' in kernel 'k', which has HY_BOUND");
  EXPECT_REFUSED("HY_FUNCTION int f(int v) { return hy_subgroup_any(v); }\nHY_KERNEL(k) { HY_BOUND(i, 3); f(1); }",
                 "a.hk:2: kernel 'k' has HY_BOUND, and a function or macro of this file uses words of sub-groups");
  good("HY_KERNEL(k) { HY_BOUND(i, 3); }\nHY_KERNEL(l, HY_OUT(int, y)) { y[0] = hy_subgroup_any(1); }");
}

TEST(Scanner, RefusesBracketsThatCross) {
  EXPECT_REFUSED("HY_KERNEL(k) { f({ ] ) } ; }", "a.hk:1: this } does not match");
}

TEST(Scanner, SurvivesDeepNesting) {
  EXPECT_REFUSED("HY_KERNEL(k) " + std::string(5000, '{') + std::string(5000, '}'),
                 "a.hk:1: statements are nested more");
  EXPECT_REFUSED("HY_KERNEL(k) { " + std::string(5000, '(') + " }", "a.hk:1: ");
}

TEST(Expand, RefusesConstantsThatAreNoMacros) {
  std::string out;
  hy_error error{};
  for (const Constant& bad :
       {Constant{"", "1"}, Constant{"1a", "1"}, Constant{"a b", "1"}, Constant{"a", "1\n#error"}}) {
    const Constant constants[] = {bad};
    EXPECT_EQ(expand("", "a.hk", HY_DIALECT_HOST, constants, &out, &error), HY_INVALID_ARGUMENT);
  }
  EXPECT_EQ(expand("", "a.hk", HY_DIALECT_NONE, {}, &out, &error), HY_INVALID_ARGUMENT);
}

TEST(Expand, GivesOpenclBuffersAnOffsetInBytesAndTheGridLast) {
  std::string out;
  hy_error error{};
  ASSERT_EQ(expand("HY_WORKGROUP(8) HY_KERNEL(k, HY_IN(float, x), HY_VAL(int, n)) { }", "a.hk", HY_DIALECT_OPENCL, {},
                   &out, &error),
            HY_OK);
  EXPECT_NE(
      out.find("__kernel __attribute__((reqd_work_group_size(8, 1, 1))) void k(__global const float* restrict x, const "
               "ulong hy_off_x, int n, const ulong8 hy_grid)"),
      std::string::npos);
}

TEST(Expand, GivesOpenclASecondEntryWithTheSameLinesForTheWholeGrid) {
  std::string out;
  hy_error error{};
  const std::string source =
      "HY_KERNEL(k,\n HY_IN(float, x),\n HY_VAL(int, n))\n{ HY_LOCAL(int, t, 4);\n t[0] = n;\n}\nint after;\n";
  ASSERT_EQ(expand(source, "a.hk", HY_DIALECT_OPENCL, {}, &out, &error), HY_OK);
  const std::size_t guard = out.find("#ifndef HY_ONE_ENTRY\n#line 1 \"a.hk\"\n");
  ASSERT_NE(guard, std::string::npos) << out;
  const std::size_t head =
      out.find("void k__hy_whole(__global const float* restrict x, int n)\n#line 4 \"a.hk\"\n", guard);
  ASSERT_NE(head, std::string::npos) << out;
  const std::size_t end = out.find(" t[0] = n;\n}\n#endif\n#line 6 \"a.hk\"\n\nint after;", head);
  EXPECT_NE(end, std::string::npos) << out;
  ASSERT_EQ(expand("HY_KERNEL(empty) { }", "a.hk", HY_DIALECT_OPENCL, {}, &out, &error), HY_OK);
  EXPECT_NE(out.find("void empty__hy_whole(void)"), std::string::npos) << out;
}

TEST(Expand, RepeatsNoBodyThatChangesMacros) {
  for (const char* line : {"#define ONCE 1", "  # undef N"}) {
    std::string out;
    hy_error error{};
    const std::string source = std::string("#define N 1\nHY_KERNEL(k, HY_OUT(int, y)) {\n") + line +
                               "\n y[0] = 1;\n}\nHY_KERNEL(other, HY_OUT(int, y)) { y[0] = 2; }\n";
    ASSERT_EQ(expand(source, "a.hk", HY_DIALECT_OPENCL, {}, &out, &error), HY_OK) << error.message;
    EXPECT_EQ(out.find("k__hy_whole"), std::string::npos) << line;
    EXPECT_NE(out.find("other__hy_whole"), std::string::npos) << line;
  }
}

TEST(Expand, EvaluatesWhatTheHostReadsWhereTheKernelStands) {
  const std::string source =
      "#define N 4\nHY_KERNEL(k, HY_OUT(int, y)) { HY_LOCAL(int, t, N); y[0] = t[0]; }\n#undef N\n";
  for (const hy_dialect dialect : {HY_DIALECT_HOST, HY_DIALECT_CUDA, HY_DIALECT_HIP}) {
    std::string out;
    hy_error error{};
    ASSERT_EQ(expand(source, "a.hk", dialect, {}, &out, &error), HY_OK);
    const std::size_t bytes = out.rfind("hy_local_bytes_of(sizeof(int) * (N))");
    ASSERT_NE(bytes, std::string::npos);
    EXPECT_LT(bytes, out.rfind("#undef N"));
    EXPECT_NE(out.find("#line 2 \"a.hk\"\n\n#undef N"), std::string::npos);
  }
}

TEST(Expand, EscapesTheFilesNameInLineDirectives) {
  std::string out;
  hy_error error{};
  ASSERT_EQ(expand("int a;", "dir\\a \"b\"\n.hk", HY_DIALECT_HOST, {}, &out, &error), HY_OK);
  EXPECT_NE(out.find("#line 1 \"dir\\\\a \\\"b\\\"?.hk\"\n"), std::string::npos);
}

}  // namespace
}  // namespace halyard::dialect
