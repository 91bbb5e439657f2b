/* For programs that make bundles (halyardc) and the worker program: reading kernel files, expanding them for a
 * compiler, running vendors' compilers, and writing .hkb files. Applications do not need this header. Conventions as in
 * halyard.h; no runtime is needed. */
#ifndef HALYARD_COMPILER_H
#define HALYARD_COMPILER_H

#include "halyard/backend.h"
#include "halyard/halyard.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a .hkb is made of, collected. One thread at a time. */
typedef struct hy_bundle_writer hy_bundle_writer;

HALYARD_API hy_status hy_bundle_writer_create(hy_bundle_writer** out, hy_error* error);
HALYARD_API void hy_bundle_writer_destroy(hy_bundle_writer* writer);

/** Adds a kernel file; the first has number 0. `file` names it in messages; everything is copied.
 *  Errors: HY_COMPILE_FAILED (a signature that can't be read: file, line and rule), HY_INVALID_ARGUMENT (a kernel's
 * name that another file of the bundle has). */
HALYARD_API hy_status hy_bundle_writer_add_source(hy_bundle_writer* writer, const char* text, uint64_t bytes,
                                                  const char* file, hy_error* error);

/** The constants that every kernel of the bundle is compiled with where hy_kernel_create() does not say otherwise.
 *  Replaces those set before. HY_INVALID_ARGUMENT: a name that is no identifier, or a value of several lines. */
HALYARD_API hy_status hy_bundle_writer_set_constants(hy_bundle_writer* writer, const hy_constant* constants,
                                                     uint32_t count, hy_error* error);

/** Adds an image compiled ahead of time from source number `source` with exactly `constants` (the bundle's own
 * included). `target` is the architecture in the vendor's words, "" for any. Host code is not taken: it is linked into
 * programs. The bytes are copied; PTX gets the closing zero that drivers look for.
 *  Errors: HY_CORRUPT_ARTIFACT (the bytes are not of this format: what they lack), HY_INVALID_ARGUMENT. */
HALYARD_API hy_status hy_bundle_writer_add_image(hy_bundle_writer* writer, hy_image_format format, const char* target,
                                                 uint32_t source, const hy_constant* constants, uint32_t constant_count,
                                                 const void* data, uint64_t bytes, hy_error* error);

/** The kernels added so far. The signature lives until the next call on the writer. `source` may be NULL. */
HALYARD_API hy_status hy_bundle_writer_kernel_count(hy_bundle_writer* writer, uint32_t* out, hy_error* error);
HALYARD_API hy_status hy_bundle_writer_kernel(hy_bundle_writer* writer, uint32_t index, const hy_signature** out,
                                              uint32_t* source, hy_error* error);

/** The bytes of the .hkb. They belong to the writer and live until its next call. The same input gives the same bytes.
 */
HALYARD_API hy_status hy_bundle_writer_finish(hy_bundle_writer* writer, const void** data, uint64_t* bytes,
                                              hy_error* error);

/* ---- what a .hkb holds: for tools; programs use hy_bundle_from_file() ---- */

/** A .hkb in memory, verified. One thread at a time. */
typedef struct hy_bundle_reader hy_bundle_reader;

/** `data` (8-byte aligned) must outlive the reader; `name` is for messages.
 *  Errors: HY_CORRUPT_ARTIFACT (no .hkb, damaged or cut off: where), HY_UNSUPPORTED (made by a newer Halyard),
 *  HY_INVALID_ARGUMENT. */
HALYARD_API hy_status hy_bundle_reader_open(const void* data, uint64_t bytes, const char* name, hy_bundle_reader** out,
                                            hy_error* error);
HALYARD_API void hy_bundle_reader_close(hy_bundle_reader* reader);

/** How many of each there are, and the constants that every kernel is compiled with unless told otherwise, which live
 *  as long as the reader. `size` of this and of the next two is set by the caller. */
typedef struct hy_bundle_counts {
  uint32_t size;
  uint32_t sources;
  uint32_t kernels;
  uint32_t images;
  uint32_t constant_count;
  const hy_constant* constants;
} hy_bundle_counts;
HALYARD_API hy_status hy_bundle_reader_get_counts(hy_bundle_reader* reader, hy_bundle_counts* out, hy_error* error);

/** The name of a kernel file in the bundle, and how long its text is (may be NULL). */
HALYARD_API hy_status hy_bundle_reader_source(hy_bundle_reader* reader, uint32_t index, const char** file,
                                              uint64_t* bytes, hy_error* error);

/** A kernel; lives until the next call for one. */
typedef struct hy_bundle_kernel {
  uint32_t size;
  uint32_t source; /**< It stands in this one, */
  uint32_t line;   /**< in this line. */
  const hy_signature* signature;
  const char* workgroup[3]; /**< Expressions of HY_WORKGROUP as they stand in the source, which may name constants; NULL
                                 where it fixes none. */
} hy_bundle_kernel;
HALYARD_API hy_status hy_bundle_reader_kernel(hy_bundle_reader* reader, uint32_t index, hy_bundle_kernel* out,
                                              hy_error* error);

/** An image; lives until the next call for one. */
typedef struct hy_bundle_image {
  uint32_t size;
  hy_image_format format;
  uint32_t source; /**< Compiled from this one, */
  uint32_t constant_count;
  const hy_constant* constants; /**< with exactly these, */
  const char* target;           /**< for this architecture; "" for any. */
  uint64_t bytes;
} hy_bundle_image;
HALYARD_API hy_status hy_bundle_reader_image(hy_bundle_reader* reader, uint32_t index, hy_bundle_image* out,
                                             hy_error* error);

/** The bytes of an image, after comparing them with their checksum and looking whether they are of its format.
 *  HY_CORRUPT_ARTIFACT. They live as long as the data that the reader was opened with. */
HALYARD_API hy_status hy_bundle_reader_image_bytes(hy_bundle_reader* reader, uint32_t index, const void** data,
                                                   uint64_t* bytes, hy_error* error);

/** The text that a target's compiler gets for a kernel file: prelude, constants, and the file with its kernels' heads
 *  replaced; messages of the compiler name `file` and its lines. Zero-terminated; release with hy_text_free().
 *  Errors: HY_COMPILE_FAILED (file, line and rule), HY_INVALID_ARGUMENT (no such dialect, bad constant). */
HALYARD_API hy_status hy_expand(const char* text, uint64_t bytes, const char* file, hy_dialect dialect,
                                const hy_constant* constants, uint32_t count, char** out, uint64_t* out_bytes,
                                hy_error* error);
HALYARD_API void hy_text_free(char* text);

/* ---- vendors' compilers: programs and libraries ---- */

/** Runs a compiler to its end, without a shell, and kills it with its own children after the request's time limit: as
 *  hy_host::child_run. HY_OK whenever it was started, however it ended: `out` tells (set out->size first; release with
 *  hy_child_free()). Errors: HY_INVALID_ARGUMENT (argv[0] is no absolute path), HY_UNAVAILABLE (it can't be run: what
 *  the system said), HY_OUT_OF_MEMORY. */
HALYARD_API hy_status hy_child_run(const hy_child_request* request, hy_child_result* out, hy_error* error);
HALYARD_API void hy_child_free(hy_child_result* result);

/** Opens a compiler that is a library, as hy_host::library_open: HALYARD_LIBRARY_PATH, the request's folders, then as
 *  the system finds it. Such a compiler may crash or hang; open it in a child. `path` gets the file that was opened, on
 *  failure `error` what was tried. Errors: HY_UNAVAILABLE, HY_INVALID_ARGUMENT (HALYARD_LIBRARY_PATH). */
HALYARD_API hy_status hy_library_open(const hy_library_request* request, void** handle, char* path,
                                      uint64_t path_capacity, hy_error* error);

/** Replaces error->message by the first errors of a compiler's `log` that name `file`, so that it begins with the
 *  user's file and line; leaves it as it is where it does so already, or where the log names no line of the file. */
HALYARD_API void hy_say_first_errors(const char* log, uint64_t bytes, const char* file, hy_error* error);

/** The whole of the program halyard-worker, which the library starts for what may crash or hang. Not for other use: the
 *  protocol on its standard files changes with every version. Does not return. */
HALYARD_API int hy_worker_main(int argc, char** argv);

#ifdef __cplusplus
}
#endif

#endif
