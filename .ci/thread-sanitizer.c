// Tells the thread sanitizer when a contended `Mutex` of Swift is locked and unlocked.
//
// The quick way through `Mutex` is compiled into its users, and the sanitizer sees it. The slow way lies in a library
// that was built without it: what one thread wrote under the lock and another reads under it would look like a race.
// `.ci/suites.py` links this in front of that library.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#define CONTEXT __attribute__((swift_context))
#define SWIFT_CALL __attribute__((swiftcall))

void __tsan_acquire(void *address);
void __tsan_release(void *address);

typedef SWIFT_CALL void LockSlow(uint32_t, CONTEXT void *);
typedef SWIFT_CALL void UnlockSlow(CONTEXT void *);

static void *real(const char *name, void **known) {
    void *found = __atomic_load_n(known, __ATOMIC_ACQUIRE);
    if (found) return found;
    found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    __atomic_store_n(known, found, __ATOMIC_RELEASE);
    return found;
}

// _MutexHandle._lockSlow(_: UInt32)
SWIFT_CALL void $s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF(uint32_t thread, CONTEXT void *handle) {
    static void *known;
    ((LockSlow *)real("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF", &known))(thread, handle);
    __tsan_acquire(handle);
}

// _MutexHandle._unlockSlow()
SWIFT_CALL void $s15Synchronization12_MutexHandleV11_unlockSlowyyF(CONTEXT void *handle) {
    static void *known;
    __tsan_release(handle);
    ((UnlockSlow *)real("$s15Synchronization12_MutexHandleV11_unlockSlowyyF", &known))(handle);
}
