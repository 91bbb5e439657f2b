// The program in which the library does what may crash or hang. All of it lives in the library, which it must match.
#include "halyard/compiler.h"

int main(int argc, char** argv) { return hy_worker_main(argc, argv); }
