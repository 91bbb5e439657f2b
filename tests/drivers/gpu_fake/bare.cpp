// Drivers that lack nearly everything: they begin, say their version, and have no other function.
#define BARE extern "C" __attribute__((visibility("default")))

BARE int cuInit(unsigned) { return 0; }
BARE int cuDriverGetVersion(int* version) {
  *version = 13000;
  return 0;
}
BARE unsigned zeInit(unsigned) { return 0; }
BARE int hipInit(unsigned) { return 0; }
BARE int hipRuntimeGetVersion(int* version) {
  *version = 60000000;
  return 0;
}
