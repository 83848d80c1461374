#pragma once
#include <pthread.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

// GNU's declaration is hidden from Swift's Glibc module; Darwin's version names the calling thread only.
#ifdef __linux__
extern int pthread_setname_np(pthread_t thread, const char *name);
static inline void cs_name_this_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
#else
static inline void cs_name_this_thread(const char *name) { pthread_setname_np(name); }
#endif

// Other libraries' allocators are left alone.
static inline void cs_prepare_memory(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 4);
#endif
}

static inline void cs_give_memory_back(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
