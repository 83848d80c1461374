#pragma once
#include <pthread.h>

// GNU's declaration is hidden from Swift's Glibc module; Darwin's version names the calling thread only.
#ifdef __linux__
extern int pthread_setname_np(pthread_t thread, const char *name);
static inline void cs_name_this_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
#else
static inline void cs_name_this_thread(const char *name) { pthread_setname_np(name); }
#endif
