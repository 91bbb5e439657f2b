// The two layouts of hipDeviceProp_t: that of HIP 5, which later ones still answer under the old name, and that of HIP
// 6 and 7. A test compares with HIP's header the one that the header has.
#pragma once

#include <cstddef>

namespace gpu_fake::hip {

struct PropertiesR0000 {
  char name[256];
  size_t totalGlobalMem;
  size_t sharedMemPerBlock;
  int regsPerBlock;
  int warpSize;
  int maxThreadsPerBlock;
  int maxThreadsDim[3];
  int maxGridSize[3];
  int clockRate;
  int memoryClockRate;
  int memoryBusWidth;
  size_t totalConstMem;
  int major;
  int minor;
  int multiProcessorCount;
  int l2CacheSize;
  int maxThreadsPerMultiProcessor;
  int computeMode;
  int clockInstructionRate;
  unsigned arch;
  int concurrentKernels;
  int pciDomainID;
  int pciBusID;
  int pciDeviceID;
  size_t maxSharedMemoryPerMultiProcessor;
  int isMultiGpuBoard;
  int canMapHostMemory;
  int gcnArch;
  char gcnArchName[256];
  int integrated;
  int rest_numbers[9];  // cooperativeLaunch to maxTexture3D
  unsigned* rest_pointers[2];
  size_t rest_sizes[3];
  int rest[14];  // kernelExecTimeoutEnabled to pageableMemoryAccessUsesHostPageTables
};

struct PropertiesR0600 {
  char name[256];
  char uuid[16];
  char luid[8];
  unsigned luidDeviceNodeMask;
  size_t totalGlobalMem;
  size_t sharedMemPerBlock;
  int regsPerBlock;
  int warpSize;
  size_t memPitch;
  int maxThreadsPerBlock;
  int maxThreadsDim[3];
  int maxGridSize[3];
  int clockRate;
  size_t totalConstMem;
  int major;
  int minor;
  size_t textureAlignment;
  size_t texturePitchAlignment;
  int deviceOverlap;
  int multiProcessorCount;
  int kernelExecTimeoutEnabled;
  int integrated;
  int canMapHostMemory;
  int computeMode;
  int textures[40];  // maxTexture1D to maxSurfaceCubemapLayered
  size_t surfaceAlignment;
  int concurrentKernels;
  int ECCEnabled;
  int pciBusID;
  int pciDeviceID;
  int pciDomainID;
  int tccDriver;
  int asyncEngineCount;
  int unifiedAddressing;
  int memoryClockRate;
  int memoryBusWidth;
  int l2CacheSize;
  int persistingL2CacheMaxSize;
  int maxThreadsPerMultiProcessor;
  int rest_numbers[3];  // streamPrioritiesSupported to localL1CacheSupported
  size_t sharedMemPerMultiprocessor;
  int more_numbers[12];  // regsPerMultiprocessor to cooperativeMultiDeviceLaunch
  size_t sharedMemPerBlockOptin;
  int even_more_numbers[4];  // pageableMemoryAccessUsesHostPageTables to accessPolicyMaxWindowSize
  size_t reservedSharedMemPerBlock;
  int last_numbers[13];  // hostRegisterSupported to unifiedFunctionPointers
  int reserved[63];
  int hipReserved[32];
  char gcnArchName[256];
  size_t maxSharedMemoryPerMultiProcessor;
  int clockInstructionRate;
  unsigned arch;
  unsigned* hdp[2];
  int rest[6];  // cooperativeMultiDeviceUnmatchedFunc to asicRevision
};

void fill_properties(PropertiesR0000* out, int device);
void fill_properties(PropertiesR0600* out, int device);

}  // namespace gpu_fake::hip
