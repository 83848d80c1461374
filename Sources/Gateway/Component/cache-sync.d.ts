/** What a cache has of a key. */
export interface CacheEntry<T = unknown> {
  value: T;
  etag: string | null;
  tags: string[];
  /** Seconds since it was loaded or changed here. */
  age: number;
  /** Seconds that the cache keeps it. */
  ttl: number;
  /** Whether it may be older than what the cache has. */
  stale: boolean;
}

/** `blocked`: a change was refused, or a token is needed. */
export type CacheSyncStatus = "online" | "offline" | "syncing" | "blocked";

/** A change that waits, or that the server refused. */
export interface QueuedChange {
  id: string;
  op: "set" | "delete" | "invalidate";
  key?: string;
  /** What is to be stored: of a `set` alone. */
  value?: unknown;
  tags: string[];
  /** Seconds. */
  ttl?: number;
  ifMatch?: string;
  /** Of an `invalidate` alone. */
  selectors?: { tags?: string[]; urls?: string[] };
  scope?: "cache" | "edges";
  /** When it was made, in ms since 1970. */
  at: number;
  attempts: number;
  refused: { status: number; message: string } | null;
}

export interface SetOptions {
  tags?: string[];
  /** Seconds. */
  ttl?: number;
  /** An ETag: another value than that one is a conflict. */
  ifMatch?: string;
}

export interface InvalidateOptions {
  tags?: string[];
  urls?: string[];
  /** `cache` (default): the cache alone. `edges`: every cache that the log reaches. */
  scope?: "cache" | "edges";
}

export interface CacheSyncStrings {
  online: string;
  offline: string;
  syncing: string;
  blocked: string;
  loading: string;
  memory: string;
  fetch: string;
  update: string;
  invalidate: string;
  value: string;
  empty: string;
  waiting(count: number): string;
  refused(count: number): string;
}

export interface CacheSyncEventMap {
  status: CustomEvent<{ status: CacheSyncStatus; queued: number }>;
  queued: CustomEvent<{ id: string; op: QueuedChange["op"]; key?: string }>;
  flushed: CustomEvent<{ id: string; op: QueuedChange["op"]; key?: string; invalidated?: number }>;
  change: CustomEvent<{ key: string | null; value: unknown; entry: CacheEntry | null }>;
  invalidated: CustomEvent<{
    selectors: { tags?: string[]; urls?: string[]; prefixes?: string[]; everything?: boolean };
  }>;
  /** Another value was there (409, 412). The change is refused: `retry` or `discard` it. */
  conflict: CustomEvent<{ id: string; op: QueuedChange["op"]; key?: string; status: number; message: string }>;
  error: CustomEvent<{ message: string; status: number; id?: string; op?: QueuedChange["op"]; key?: string }>;
}

/** What a server refuses, or that nobody answers (status 0). */
export class CacheSyncError extends Error {
  readonly status: number;
}

/** The key under which the answer of a URL is cached. */
export function urlKey(url: string): string;

export class CacheSync extends HTMLElement {
  /** Address of the cache; that of the page unless given. */
  endpoint: string | null;
  /** Address of the gateway that streams invalidations; that of the cache unless given. */
  events: string | null;
  /** `default` unless given. */
  namespace: string | null;
  key: string | null;
  /** Sets `key`, for frameworks that keep that name to themselves. */
  entryKey: string | null;
  /** Tags of values that the Update button sets, and what Invalidate means; with commas between them. */
  tags: string | null;
  /** Where this browser keeps values and changes; one for each endpoint and namespace unless given. */
  storageName: string | null;
  /** `page`: changes are announced by one region of the page. */
  announce: string | null;
  /** Reads the value at the start, and again when it was invalidated. */
  auto: boolean;
  /** Forgets at once what others invalidate. */
  live: boolean;
  /** Shows the editor and the buttons. */
  controls: boolean;
  /** Seconds between reads; 0 for none. */
  poll: number;
  queueLimit: number;
  /** Bearer token, held in memory alone. */
  token: string | null;
  strings: Partial<CacheSyncStrings>;

  readonly value: unknown;
  readonly entry: CacheEntry | null;
  readonly status: CacheSyncStatus;
  /** Changes that wait or were refused. */
  readonly queued: number;
  readonly error: { message: string; status: number } | null;
  readonly loading: boolean;
  /** Over once what this browser keeps can be read. */
  readonly ready: Promise<void>;

  /** The value of the cache or, where that is away, of this browser; null where there is none. */
  get<T = unknown>(key?: string): Promise<T | null>;
  /** Returns the change's id once it is kept. It is sent as soon as that is possible. Throws if the queue is full. */
  set(key: string, value: unknown, options?: SetOptions): Promise<string>;
  delete(key?: string, options?: { ifMatch?: string }): Promise<string>;
  invalidate(options: InvalidateOptions): Promise<string>;
  /** Sends now what waits. */
  flush(): void;
  /** What waits or was refused, oldest first, as JSON can keep it: a browser may delete what a page has stored. */
  items(): Promise<QueuedChange[]>;
  /** Lets a refused change be sent again. */
  retry(id: string): Promise<void>;
  discard(id: string): Promise<void>;
  /** Forgets all values and changes that this browser keeps. */
  clear(): Promise<void>;

  addEventListener<K extends keyof CacheSyncEventMap>(
    type: K, listener: (this: CacheSync, event: CacheSyncEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions,
  ): void;
}

/** What markup may say of the element: in JSX, and in templates of Svelte and others. */
export interface CacheSyncAttributes {
  endpoint?: string;
  events?: string;
  namespace?: string;
  /** React and Vue keep that name to themselves: there it is `entry-key`. */
  key?: string | number | null;
  "entry-key"?: string;
  tags?: string;
  "storage-name"?: string;
  announce?: string;
  /** React before 19 writes `true` as text, which counts as well; leave it out for false. */
  auto?: boolean | "";
  live?: boolean | "";
  controls?: boolean | "";
  poll?: number | string;
  "queue-limit"?: number | string;
  token?: string | null;
  strings?: Partial<CacheSyncStrings>;
  id?: string;
  class?: string;
  className?: string;
  slot?: string;
  hidden?: boolean;
  lang?: string;
  style?: unknown;
  children?: unknown;
  ref?: unknown;
}

/** Svelte has listeners among the attributes: `onchange`, and `on:change` before 5. So has React 19: `onchange`. */
export type CacheSyncListeners = {
  [K in keyof CacheSyncEventMap as `on${K}` | `on:${K}`]?: (event: CacheSyncEventMap[K]) => unknown;
};

interface CacheSyncElements {
  "cache-sync": CacheSyncAttributes & CacheSyncListeners;
}

declare global {
  interface HTMLElementTagNameMap {
    "cache-sync": CacheSync;
  }
  // React before 19, and what else uses the global namespace.
  namespace JSX {
    interface IntrinsicElements extends CacheSyncElements {}
  }
  namespace svelteHTML {
    interface IntrinsicElements extends CacheSyncElements {}
  }
}

// Where React is not installed there is nothing to add to.
// @ts-ignore
declare module "react" {
  namespace JSX {
    interface IntrinsicElements extends CacheSyncElements {}
  }
}
