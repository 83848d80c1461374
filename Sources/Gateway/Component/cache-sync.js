// <cache-sync>: shows a cached value, keeps what could not be sent yet, and forgets what was invalidated.
// One ES module without dependencies. Types stand in cache-sync.d.ts.

const SECOND = 1000, MINUTE = 60 * SECOND;
const ENTRIES_BYTES = 4_000_000, KEEPALIVE_BYTES = 60_000, RECENT_MAX = 256, BEHIND_MAX = 5, BATCH_MAX = 1000;
const encoder = new TextEncoder();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const isQuota = (error) => error?.name === "QuotaExceededError" || error?.code === 22;

// UUID of version 7: later ones sort behind earlier ones. Works where crypto.randomUUID does not
function makeID(now = Date.now()) {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	for (let i = 5, rest = now; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
	bytes[6] = 0x70 | (bytes[6] & 15);
	bytes[8] = 0x80 | (bytes[8] & 63);
	const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const UNRESERVED = /[A-Za-z0-9._~-]/;

function plainURL(url) {
	return new URL(url, globalThis.location?.href).href.replace(/#.*$/, "").replace(/%([0-9a-f]{2})/gi, (text, hex) => {
		const character = String.fromCharCode(parseInt(hex, 16));
		return UNRESERVED.test(character) ? character : text.toUpperCase();
	});
}

// The key under which the answer of a URL is cached
export function urlKey(url) {
	return "url:" + btoa(String.fromCharCode(...encoder.encode(plainURL(url))));
}

function urlOfKey(key) {
	try {
		return key.startsWith("url:")
			? new TextDecoder().decode(Uint8Array.from(atob(key.slice(4)), (c) => c.charCodeAt(0))) : null;
	} catch {
		return null;
	}
}

function concerns(selectors, key, tags) {
	const { everything, keys = [], urls = [], prefixes = [] } = selectors;
	if (everything || keys.includes(key) || (selectors.tags ?? []).some((tag) => tags.includes(tag))) return true;
	const url = urls.length || prefixes.length ? urlOfKey(key) : null;
	return url !== null && (urls.some((one) => plainURL(one) === url)
		|| prefixes.some((one) => url.startsWith(plainURL(one))));
}

// ---- Where things stay: IndexedDB, else localStorage, else memory. Entries are named e:KEY, notes otherwise.

const settled = (request) => new Promise((resolve, reject) => {
	request.onsuccess = () => resolve(request.result);
	request.onerror = () => reject(request.error);
});

class Store {
	entry(key) { return this.get("e:" + key); }
	put(name, value) { return this.putAll([[name, value]]); }
	putEntries(entries) { return this.putAll(entries.map((entry) => ["e:" + entry.key, entry])); }
	deleteEntries(keys) { return this.remove(keys.map((key) => "e:" + key)); }
	// Items of the queue that have one of these values, such as ["key", "k"], the first COUNT of each; all without any.
	find(...queries) { return this.amend(() => queries, (items) => ({ result: items })); }
}

// Two tabs may count the same number where storage is text: then the older one is first.
const bySeq = (a, b) => a.seq - b.seq || (a.id < b.id ? -1 : 1);
const INDICES = ["id", "key", "op", "state"];
// States of items.
const WAITS = 0, REFUSED = 1;

class DatabaseStore extends Store {
	kind = "indexeddb";

	static async open(name) {
		const request = indexedDB.open(`cachesync:${name}`, 1);
		request.onupgradeneeded = () => {
			request.result.createObjectStore("all");
			const queue = request.result.createObjectStore("queue", { keyPath: "seq", autoIncrement: true });
			for (const name of INDICES) queue.createIndex(name, name);
		};
		// Some browsers never answer in private windows.
		const late = pause(3 * SECOND).then(() => { throw new Error("no answer"); });
		const store = new DatabaseStore();
		store.base = await Promise.race([settled(request), late]);
		store.base.onversionchange = () => store.base.close();
		return store;
	}

	#in(name, mode) { return this.base.transaction(name, mode).objectStore(name); }
	get(name) { return settled(this.#in("all").get(name)); }
	list(kind) { return settled(this.#in("all").getAll(IDBKeyRange.bound(kind, kind + "\uffff"))); }
	counts() {
		const queue = this.#in("queue");
		return Promise.all([settled(queue.count()), settled(queue.index("state").count(REFUSED))]);
	}
	putAll(named) { return this.#write("all", (all) => named.forEach(([name, value]) => all.put(value, name))); }
	remove(names) { return this.#write("all", (all) => names.forEach((name) => all.delete(name))); }

	// In one transaction; over once it is stored.
	#write(name, work, durability) {
		return new Promise((resolve, reject) => {
			const transaction = this.base.transaction(name, "readwrite", { durability });
			let result, failure;
			transaction.oncomplete = () => resolve(result);
			transaction.onabort = () => reject(failure ?? transaction.error);
			work(transaction.objectStore(name), (value) => { result = value; },
				(error) => { failure = error; transaction.abort(); });
		});
	}

	// What is lost with the machine's power is done once more, except new changes: those are on the disk at the end.
	amend(ask, change, durability = "relaxed") {
		return this.#write("queue", async (queue, done, fail) => {
			try {
				const total = await settled(queue.count()), queries = ask(total);
				const found = await Promise.all(queries.length
					? queries.map(([name, value, count]) => settled(queue.index(name).getAll(value, count)))
					: [settled(queue.getAll())]);
				const { remove = [], put = [], result } = change(found.flat().sort(bySeq), total);
				for (const { seq } of remove) queue.delete(seq);
				for (const item of put) queue.put(item);
				done(result);
			} catch (error) {
				fail(error);
			}
		}, durability);
	}
}

// Over localStorage, or an object in its place.
class TextStore extends Store {
	constructor(kind, texts, name) {
		super();
		Object.assign(this, { kind, texts, prefix: `cachesync:${name}:` });
		texts[this.prefix] = 1;
		delete texts[this.prefix];
	}

	async get(name) { return JSON.parse(this.texts[this.prefix + name] ?? null) ?? undefined; }
	async list(kind) {
		const names = Object.keys(this.texts).filter((name) => name.startsWith(this.prefix + kind));
		return names.map((name) => JSON.parse(this.texts[name]));
	}
	async putAll(named) { for (const [name, value] of named) this.texts[this.prefix + name] = JSON.stringify(value); }
	async remove(names) { for (const name of names) delete this.texts[this.prefix + name]; }
	async counts() {
		const items = await this.list("q:");
		return [items.length, items.filter((item) => item.state).length];
	}
	async amend(ask, change) {
		const all = (await this.list("q:")).sort(bySeq), queries = ask(all.length);
		const found = all.filter((item) => !queries.length || queries.some(([name, value]) => item[name] === value));
		const { remove = [], put = [], result } = change(found, all.length);
		let last = await this.get("seq") ?? 0;
		// Under their ids, which no other tab uses.
		const named = put.map((item) => ["q:" + item.id, { ...item, seq: item.seq ?? ++last }]);
		try {
			await this.putAll([...named, ["seq", last]]);
		} catch (error) {
			await this.remove(named.filter((_, index) => !put[index].seq).map(([name]) => name));
			throw error;
		}
		// An older release named them by their numbers.
		await this.remove([...remove.map(({ id }) => "q:" + id), ...[...remove, ...put].map(({ seq }) => "q:" + seq)]);
		return result;
	}
}

async function openStore(name) {
	try {
		return await DatabaseStore.open(name);
	} catch {
		try {
			return new TextStore("localstorage", localStorage, name);
		} catch {
			return new TextStore("memory", {}, name);
		}
	}
}

// ---- Answers of servers

export class CacheSyncError extends Error {
	constructor(message, status = 0) {
		super(message);
		this.name = "CacheSyncError";
		this.status = status;
	}
}

// Somebody else answered, such as a portal of a network, or nobody
class Unreachable extends CacheSyncError {}

const retryAfter = (response) => {
	const text = response.headers.get("Retry-After");
	const ms = /^\d+$/.test(text ?? "") ? text * SECOND : Date.parse(text) - Date.now();
	return Math.min(Math.max(ms || 0, 0), 60 * MINUTE);
};

const isBusy = ({ status }) => status >= 500 || [408, 425, 429].includes(status);
// A portal refuses with a page of its own, and so does a proxy behind which nobody is.
const isForeign = ({ status, headers }) => status >= 400 && !/json/.test(headers.get("Content-Type"));
// A node that has not read the log far enough: what it lacks may be there.
const isBehind = ({ headers }) => /unsynced/.test(headers.get("Cache-Status"));

async function refusal(response) {
	const text = await response.text().catch(() => "");
	try {
		const problem = JSON.parse(text);
		return problem.detail ?? problem.title ?? text;
	} catch {
		return text.slice(0, 200) || `status ${response.status}`;
	}
}

const quoted = (field) =>
	[...(field ?? "").matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1].replace(/\\(.)/g, "$1"));

// ---- The client that the elements of one namespace share

class Client extends EventTarget {
	static #all = new Map();

	static of(settings) {
		const name = JSON.stringify([settings.endpoint, settings.events, settings.namespace, settings.storageName]);
		if (!Client.#all.has(name)) Client.#all.set(name, new Client(settings));
		return Client.#all.get(name);
	}

	token = null;
	queueLimit = 1000;
	online = true;
	held = false;
	queued = 0;
	refused = 0;
	#users = 0;
	#tick = 0;
	#recent = [];
	#loads = new Map();
	#index = new Map();
	#bytes = 0;
	#isLeader = false;
	#isFlushing = false;
	#mustFlush = false;
	#failures = 0;
	#notBefore = 0;
	#retryTimer = null;
	#probeTimer = null;
	#stream = null;
	#isListening = false;
	#wantsLive = false;
	#savedAt = 0;
	// The id of the last invalidation.
	#after = null;

	constructor({ endpoint, events, namespace, storageName }) {
		super();
		this.namespace = namespace;
		this.endpoint = endpoint.replace(/\/$/, "");
		this.events = events.replace(/\/$/, "");
		this.name = storageName || `${this.endpoint}|${namespace}`;
		this.ready = openStore(this.name).then(async (store) => {
			this.store = store;
			this.#after = await store.get("position");
			for (const entry of await store.list("e:")) this.#note(entry);
			await this.#recount();
		});
	}

	get status() {
		if (!this.online) return "offline";
		return this.held || this.refused ? "blocked" : this.queued ? "syncing" : "online";
	}

	#emit(type, detail, isOfAll = false) {
		this.dispatchEvent(new CustomEvent(type, { detail }));
		if (isOfAll) this.#post(type, detail);
	}

	// Elements come and go; the first and the last one start and end the work.
	connect(isLive) {
		if (isLive) this.#follow();
		if (this.#users++) return;
		this.#ending = new AbortController();
		const options = { signal: this.#ending.signal };
		if (globalThis.BroadcastChannel) {
			this.#channel = new BroadcastChannel(`cachesync:${this.name}`);
			this.#channel.onmessage = ({ data }) => this.#hear(data);
		}
		const wake = () => { if (document.visibilityState !== "hidden") this.wake(); };
		for (const type of ["online", "pageshow", "focus"]) addEventListener(type, wake, options);
		document.addEventListener("visibilitychange", wake, options);
		// Storage that is text tells other tabs later than the channel does.
		addEventListener("storage", () => this.#recount(), options);
		addEventListener("offline", () => this.#probe(), options);
		addEventListener("pagehide", () => this.#sendLast(), options);
		this.ready.then(() => options.signal.aborted || this.#elect(options.signal));
	}

	disconnect() {
		if (--this.#users) return;
		this.#ending.abort();
		this.#stream?.abort();
		clearTimeout(this.#retryTimer);
		this.#channel?.close();
		this.#channel = null;
		this.#isLeader = false;
		this.#wantsLive = false;
	}

	#channel = null;
	#ending = null;

	#hear({ type, detail }) {
		if (type === "queue") { this.#recount(); if (!this.#failures) this.#flush(); }
		else if (type === "state") { Object.assign(this, detail); this.#emit("state"); }
		else if (type === "apply") this.#apply(detail.selectors, detail.options, false);
		else if (type === "entry") this.ready.then(() => Promise.all(detail.keys.map(async (key) =>
			this.#note(await this.store.entry(key), key)))).then(() => this.#emit("entry", detail));
		else if (type === "wake") { if (this.#isLeader) this.wake(detail); }
		else if (type === "token") { if (this.#isLeader) this.setToken(detail); }
		else if (type === "leader") {
			if (this.#wantsLive) this.#post("live");
			if (!detail && this.token) this.#post("token", this.token);
		}
		else if (type === "live") { this.#wantsLive = true; this.#listen(); }
		else this.#emit(type, detail);
	}

	// -- One tab leads: it alone sends and holds the stream.

	async #elect(signal) {
		if (navigator.locks && this.store.kind !== "memory") {
			navigator.locks.request(`cachesync:${this.name}`, { signal }, () => {
				if (signal.aborted) return;
				this.#lead();
				return new Promise((resolve) => signal.addEventListener("abort", resolve));
			}).catch(() => {});
			return;
		}
		const me = makeID();
		while (!signal.aborted) {
			const lease = await this.store.get("lease").catch(() => null);
			if (!lease || lease.owner === me || lease.until < Date.now()) {
				await this.store.put("lease", { owner: me, until: Date.now() + 6 * SECOND }).catch(() => {});
				if (!this.#isLeader) {
					await pause(200);
					if ((await this.store.get("lease").catch(() => null))?.owner !== me) continue;
					this.#lead();
				}
			} else {
				this.#isLeader = false;
				this.#stream?.abort();
			}
			await pause(2 * SECOND);
		}
		if (this.#isLeader) this.store.put("lease", null).catch(() => {});
	}

	#lead() {
		this.#isLeader = true;
		this.#post("leader", !!this.token);
		this.#listen();
		this.#flush();
	}

	// Ends a pause, also that which a server has asked for where somebody wants it so.
	wake(isAsked) {
		if (!this.online) this.#probe();
		if (!this.#isLeader) return this.#post("wake", isAsked);
		this.#failures = 0;
		if (isAsked) this.#notBefore = 0;
		this.#flush();
	}

	setToken(token) {
		if (token === this.token) return;
		this.token = token;
		this.#setState({ held: false });
		this.#stream?.abort();
		// The tab that leads is the one that sends.
		this.#post("token", token);
		this.wake();
	}

	#setState(state) {
		if (Object.entries(state).every(([name, value]) => this[name] === value)) return;
		Object.assign(this, state);
		this.#emit("state");
		this.#post("state", { online: this.online, held: this.held });
	}

	#recount() {
		return this.#counting ??= (async () => {
			await null;
			this.#counting = null;
			if (!this.store) return;
			[this.queued, this.refused] = await this.store.counts();
			this.#emit("state");
		})();
	}
	#counting = null;

	#changed() {
		this.#post("queue");
		return this.#recount();
	}

	#post(type, detail) { this.#channel?.postMessage({ type, detail }); }

	// -- Requests

	async #fetch(url, options = {}, limit = 30 * SECOND) {
		// Refusals are texts otherwise, which anybody's could be.
		const headers = { Accept: "application/json", ...options.headers };
		if (this.token) headers.Authorization = `Bearer ${this.token}`;
		try {
			// A portal leads elsewhere; the cache never does.
			return await fetch(url,
				{ redirect: "error", cache: "no-store", signal: AbortSignal.timeout(limit), ...options, headers });
		} catch (error) {
			throw new Unreachable(error.name === "TimeoutError" ? "no answer in time" : "not reachable");
		}
	}

	#address(key) { return `${this.endpoint}/cache?${new URLSearchParams({ key, namespace: this.namespace })}`; }

	// Asks whether the cache is there at all: an answer of somebody else does not count
	async #probe() {
		let online = false;
		try {
			const response = await this.#fetch(`${this.endpoint}/health/live`, {}, 5 * SECOND);
			online = response.ok && typeof (await response.json()) === "object";
		} catch { /* nobody, or somebody else */ }
		const isBack = online && !this.online;
		this.#setState({ online });
		clearTimeout(this.#probeTimer);
		if (!online && this.#users) this.#probeTimer = setTimeout(() => this.#probe(), 10 * SECOND);
		if (isBack) this.wake();
	}

	// -- Reads

	// The entry; whether something overtook the load (isOld); and whether it must not be shown for that (isGone)
	async get(key) {
		await this.ready;
		const tick = this.#tick, waiting = (await this.store.find(["key", key])).at(-1);
		const local = await this.store.entry(key);
		if (waiting) return { entry: waiting.op === "set"
			? this.#shown(local ?? { key, text: waiting.text, tags: waiting.tags, storedAt: waiting.at }) : null };
		const running = this.#loads.get(key);
		if (running && !this.#isOvertaken(running.tick, key, running.tags)) {
			const found = await running.promise;
			// Its tags are known now, and it may have begun too early for this one.
			return found.isOld || found.isGone ? this.get(key) : found;
		}
		const load = { tick, tags: local?.tags ?? [] };
		load.promise = this.#load(key, local, tick).finally(() => {
			if (this.#loads.get(key) === load) this.#loads.delete(key);
		});
		this.#loads.set(key, load);
		return load.promise;
	}

	async #load(key, local, tick) {
		const end = (entry, isDoomed) => {
			const isOvertaken = (isHard) => this.#isOvertaken(tick, key, entry?.tags ?? [], isHard);
			return { entry, isOld: !isDoomed && isOvertaken(), isGone: isOvertaken(true) };
		};
		let response, text;
		try {
			const headers = { ...(local?.etag && { "If-None-Match": local.etag }) };
			for (let left = BEHIND_MAX; ; left--) {
				// The node answers once it has read the log as far as this page knows it.
				if (this.#after) headers["Cache-After"] = this.#after;
				response = await this.#fetch(this.#address(key), { headers });
				if (!left || !isBehind(response)) break;
				await pause(SECOND);
			}
			if (isForeign(response)) throw new TypeError();
			text = response.status === 200 ? await response.text() : "null";
			JSON.parse(text);
		} catch (error) {
			await this.#probe();
			if (local) return end(this.#shown(local, true));
			throw error instanceof CacheSyncError ? error : new Unreachable("somebody else has answered");
		}
		const { status, headers } = response;
		if (status === 401) this.#setState({ held: true });
		const isAway = isBehind(response) || isBusy(response);
		if (isAway && local) return end(this.#shown(local, true));
		if (isAway && status !== 404) throw new CacheSyncError(await refusal(response), status);
		this.#setState({ online: true });
		const ttl = Number(/max-age=(\d+)/.exec(headers.get("Cache-Control") ?? "")?.[1] ?? 0);
		const entry = status === 304 && local
			? { ...local, storedAt: Date.now(), ttl, isStale: false }
			: { key, text, etag: headers.get("ETag"), tags: quoted(headers.get("Cache-Groups")), storedAt: Date.now(), ttl };
		if (status === 404) {
			if (local && !this.#isOvertaken(tick, key, [])) await this.#forget([key]);
			return end(null);
		}
		if (status !== 200 && status !== 304) throw new CacheSyncError(await refusal(response), status);
		// The cache may still have what an invalidation that waits here means.
		const isDoomed = (await this.store.find(["op", "invalidate"])).some((item) =>
			concerns(item.selectors, key, entry.tags));
		const isOld = this.#isOvertaken(tick, key, entry.tags);
		if (!isDoomed && !isOld) await this.#keep(entry);
		return end(this.#shown(entry, isDoomed || isOld), isDoomed);
	}

	#shown({ text, etag = null, tags = [], storedAt = 0, ttl = 0, isStale = false }, isOld = false) {
		return { value: JSON.parse(text), etag, tags, age: Math.max(0, Math.round((Date.now() - storedAt) / SECOND)),
			ttl, stale: isStale || isOld };
	}

	async local(key) {
		await this.ready;
		const entry = await this.store.entry(key);
		return entry ? this.#shown(entry, true) : null;
	}

	// -- Entries

	#note(entry, key = entry?.key) {
		this.#bytes -= this.#index.get(key)?.bytes ?? 0;
		this.#index.delete(key);
		if (!entry) return;
		const bytes = 2 * (entry.text.length + key.length);
		this.#bytes += bytes;
		this.#index.set(key, { bytes, tags: entry.tags });
	}

	async #keep(...entries) {
		for (const entry of entries) this.#note(entry);
		const old = [];
		let bytes = this.#bytes;
		for (const [key, { bytes: less }] of this.#index) {
			if (bytes <= ENTRIES_BYTES) break;
			bytes -= less;
			old.push(key);
		}
		await this.#forget(old);
		const keys = entries.map(({ key }) => key);
		await this.#whileFull(() => this.store.putEntries(entries.filter(({ key }) => this.#index.has(key))))
			.catch(() => { for (const key of keys) this.#note(null, key); });
		this.#post("entry", { keys });
	}

	async #forget(keys) {
		if (!keys.length) return;
		for (const key of keys) this.#note(null, key);
		await this.store.deleteEntries(keys).catch(() => {});
	}

	// Gives up values, oldest first, until the new one fits
	async #whileFull(write) {
		for (;;) {
			try {
				return await write();
			} catch (error) {
				if (!isQuota(error) || !this.#index.size) throw error;
				await this.#forget([...this.#index.keys()].slice(0, Math.ceil(this.#index.size / 2)));
			}
		}
	}

	// -- Invalidations

	// Forgets what an invalidation means, here and in other tabs
	async #apply(selectors, { isSoft, isOwn, after } = {}, isOfAll = true) {
		this.#void(selectors, isSoft);
		if (after) this.#after = after;
		if (isOfAll) this.#post("apply", { selectors, options: { isSoft, isOwn, after } });
		await this.ready;
		// What is still to be sent is the user's own: no invalidation takes it away.
		const own = new Set((await this.store.find(["op", "set"])).map((item) => item.key));
		const keys = [...this.#index].filter(([key, { tags }]) => !own.has(key)
			&& concerns(selectors, key, tags)).map(([key]) => key);
		if (!isSoft) await this.#forget(keys);
		else for (const key of keys) {
			const known = this.#index.get(key), entry = await this.store.entry(key);
			// A newer one may have come meanwhile.
			if (!entry || this.#index.get(key) !== known) continue;
			await this.store.putEntries([{ ...entry, isStale: true }]).catch(() => {});
		}
		this.#emit("apply", { selectors, isSoft, isOwn, own });
	}

	// Loads under way that this concerns are not stored
	#void(selectors, isSoft) {
		this.#recent.push({ tick: ++this.#tick, selectors, isSoft });
		if (this.#recent.length > RECENT_MAX) this.#recent.shift();
	}

	// Whether what was loaded since may be what an invalidation means. In doubt it is
	#isOvertaken(tick, key, tags, isHard) {
		if (this.#recent[0]?.tick > tick + 1) return true;
		return this.#recent.some((one) =>
			one.tick > tick && !(isHard && one.isSoft) && concerns(one.selectors, key, tags));
	}

	// -- The stream of what others invalidate

	#follow() {
		this.#wantsLive = true;
		if (this.#isLeader) this.#listen();
		else this.#post("live");
	}

	async #listen() {
		if (!this.#isLeader || !this.#wantsLive || this.#isListening) return;
		this.#isListening = true;
		const { signal } = this.#ending;
		for (let failures = 0; this.#isLeader && !signal.aborted; ) {
			this.#stream = new AbortController();
			await this.#hearStream(this.#stream, () => { failures = 0; }).catch(() => {});
			if (!signal.aborted) await pause(Math.random() * Math.min(30 * SECOND, SECOND * 2 ** failures++));
		}
		this.#isListening = false;
		this.#listen();
	}

	async #hearStream(round, isThere) {
		const position = await this.store.get("position");
		const headers = { Accept: "text/event-stream", ...(position && { "Last-Event-ID": position }) };
		let timer = setTimeout(() => round.abort(), 30 * SECOND);
		const address = `${this.events}/events?${new URLSearchParams({ namespace: this.namespace })}`;
		const response = await this.#fetch(address, { headers, signal: round.signal });
		if (!response.ok || !/event-stream/.test(response.headers.get("Content-Type"))) {
			clearTimeout(timer);
			return pause(Math.max(retryAfter(response), 5 * SECOND));
		}
		isThere();
		this.#setState({ online: true });
		const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
		let event = {}, rest = "", isFirst = !position;
		for (;;) {
			clearTimeout(timer);
			timer = setTimeout(() => round.abort(), 60 * SECOND);
			const { value, done } = await reader.read().finally(() => clearTimeout(timer));
			if (done) return;
			const lines = (rest + value).split(/\r?\n/);
			rest = lines.pop();
			for (const line of lines) {
				const [, name, text] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
				if (line === "") {
					// Nobody knows what was invalidated while no stream was there: ask before anything is shown as fresh.
					if (isFirst && event.id) await this.#apply({ everything: true }, { isSoft: true, after: event.id });
					isFirst &&= !event.id;
					await this.#hearEvent(event);
					event = { id: event.id };
				} else if (name) event[name] = text;
			}
		}
	}

	async #hearEvent({ event, data, id }) {
		let isUrgent = true;
		if (event === "reset") await this.#apply({ everything: true }, { after: id });
		else if (event === "invalidation") {
			const { selectors, mode } = JSON.parse(data);
			if (selectors) await this.#apply(selectors, { isSoft: mode === "soft", after: id });
		} else isUrgent = false;
		if (id && (isUrgent || Date.now() - this.#savedAt > SECOND)) {
			this.#savedAt = Date.now();
			await this.store.put("position", id).catch(() => {});
		}
	}

	// -- The queue: stored before it is sent, removed only once it has arrived

	// What comes while others are being stored is stored behind them, many at once.
	enqueue(item) {
		const full = { id: makeID(), at: Date.now(), attempts: 0, state: WAITS, tags: [], ...item };
		const end = Promise.withResolvers();
		this.#ends.set(full, end);
		this.#fresh.push(full);
		this.#storing ??= this.#storeFresh();
		return end.promise;
	}
	#fresh = [];
	#ends = new WeakMap();
	#storing = null;

	async #storeFresh() {
		await this.ready.catch(() => {});
		while (this.#fresh.length) await this.#storeSome(this.#fresh.splice(0, BATCH_MAX));
		this.#storing = null;
	}

	async #storeSome(items) {
		let full;
		try {
			full = await this.#whileFull(() => this.#insert(items));
		} catch (error) {
			// One that is too large hinders no other.
			if (items.length > 1) for (const item of items) await this.#storeSome([item]);
			else this.#ends.get(items[0]).reject(error);
			return;
		}
		await this.#showStored(items.filter((item) => !full.has(item))).catch(() => {});
		for (const item of items) {
			const { resolve, reject } = this.#ends.get(item);
			if (full.has(item)) reject(new CacheSyncError(`the queue is full: ${this.queueLimit} changes wait`));
			else resolve(item.id);
		}
	}

	// In one transaction. Returns those for which there is no space
	#insert(batch) {
		const keys = [...new Set(batch.map(({ key }) => key))];
		return this.store.amend((total) => (total <= batch.length || keys.includes(undefined) ? []
			: [["op", "invalidate"], ...keys.map((key) => ["key", key])]), (items, total) => {
			const remove = [], full = new Set();
			for (const item of batch) {
				const gone = merged(items, item);
				if (total - gone.length >= this.queueLimit) full.add(item);
				else {
					total += 1 - gone.length;
					remove.push(...gone.filter(({ seq }) => seq));
					if (gone.length) items = items.filter((one) => !gone.includes(one));
					items.push(item);
				}
			}
			return { remove, put: items.filter(({ seq }) => !seq), result: full };
		}, "strict");
	}

	async #showStored(items) {
		const last = new Map(items.filter(({ key }) => key).map((item) => [item.key, item]));
		const sets = [...last.values()].filter(({ op }) => op === "set");
		if (last.size) this.#void({ keys: [...last.keys()] });
		// Before the value is shown: who sees it as sent must be right.
		await this.#changed();
		for (const { key } of sets) last.delete(key);
		const entries = sets.map(({ key, text, tags, at, ttl }) => ({ key, text, tags, storedAt: at, ttl }));
		if (sets.length) await this.#keep(...entries);
		await this.#forget([...last.keys()]);
		for (const { selectors } of items) if (selectors) await this.#apply(selectors, { isOwn: true });
		if (this.store.kind === "indexeddb") navigator.storage?.persist?.().catch(() => {});
		for (const { id, op, key } of items) this.#emit("queued", { id, op, key });
		if (!this.#failures) this.#flush();
	}

	// Sends one after another in the order in which they came. Those that were refused are passed
	async #flush() {
		if (!this.#isLeader) return;
		const early = this.#notBefore - performance.now();
		if (early > 0) return this.#flushIn(early);
		if (this.#isFlushing) { this.#mustFlush = true; return; }
		this.#isFlushing = true;
		clearTimeout(this.#retryTimer);
		let delay = 0;
		try {
			do {
				this.#mustFlush = false;
				for (let item; !this.held && !delay && (item = await this.#next()); ) delay = await this.#send(item);
			} while (this.#mustFlush && !delay);
		} catch (error) {
			delay = 5 * SECOND;
			this.#emit("failure", { message: error.message });
		} finally {
			this.#isFlushing = false;
		}
		if (delay) this.#flushIn(delay);
	}

	#flushIn(delay) {
		clearTimeout(this.#retryTimer);
		if (!this.#ending.signal.aborted) this.#retryTimer = setTimeout(() => this.#flush(), delay);
	}

	// Marks it as under way, so that no tab merges it away
	#next() {
		return this.store.amend(() => [["state", WAITS, 1]], ([item]) =>
			(item ? { put: [Object.assign(item, { isSending: true })], result: item } : {}));
	}

	#request(item) {
		const headers = { "Content-Type": "application/json", "Idempotency-Key": item.id };
		const { op, ifMatch, ttl, tags, selectors } = item, address = this.#address(item.key ?? "-");
		if (ifMatch) headers["If-Match"] = ifMatch;
		if (op === "delete") return [address, { method: "DELETE", headers }];
		// The value's own text: large numbers stay as they are.
		if (op === "set") return [address,
			{ method: "POST", headers, body: `{"value":${item.text},${JSON.stringify({ ttl, tags }).slice(1)}` }];
		if (item.scope !== "edges") return [address, { method: "PUT", headers, body: JSON.stringify(selectors) }];
		return [`${this.events}/invalidate`,
			{ method: "POST", headers, body: JSON.stringify({ namespace: this.namespace, ...selectors }) }];
	}

	// Returns how long to wait before the next, in ms.
	async #send(item) {
		const { id, op, key } = item;
		let response, answer;
		try {
			response = await this.#fetch(...this.#request(item));
			if (response.ok && (answer = await response.json()).success !== true && !answer.id) throw new Unreachable();
		} catch {
			response = null;
		}
		if (!response || isForeign(response)) {
			await this.#probe();
			// Where the cache is there, a proxy before it may refuse in its own words.
			if (!response || !this.online) return this.#later(item, 0);
		}
		this.#setState({ online: true });
		const { status } = response;
		if (status === 401) {
			await this.#later(item, 0);
			this.#setState({ held: true });
			this.#emit("failure", { message: "a token is needed", status, id }, true);
			return 0;
		}
		if (isBusy(response)) return this.#later(item, retryAfter(response));
		this.#failures = 0;
		if (response.ok) {
			await this.discard(id);
			const etag = response.headers.get("ETag"), entry = op === "set" && etag && await this.store.entry(key);
			if (entry?.text === item.text) await this.store.putEntries([{ ...entry, etag }]).catch(() => {});
			this.#emit("flushed", { id, op, key, invalidated: answer.invalidated }, true);
		} else {
			const message = await refusal(response);
			await this.#change(id, (one) =>
				({ put: [{ ...one, isSending: false, state: REFUSED, refused: { status, message } }] }));
			this.#emit(status === 409 || status === 412 ? "conflict" : "failure", { id, op, key, status, message }, true);
		}
		return 0;
	}

	async #later({ id }, floor) {
		await this.#change(id, (one) => ({ put: [{ ...one, attempts: one.attempts + 1, isSending: false }] }));
		this.#notBefore = performance.now() + floor;
		return Math.max(floor, SECOND, Math.random() * Math.min(5 * MINUTE, SECOND * 2 ** ++this.#failures));
	}

	// A page that goes may still send one. It stays in the queue: the server knows a repeated one by its id
	async #sendLast() {
		if (!this.#isLeader || this.#isFlushing || this.held || !this.queued) return;
		const [item] = await this.store.find(["state", WAITS, 1]);
		if (!item || encoder.encode(item.text ?? "").length > KEEPALIVE_BYTES) return;
		const [url, options] = this.#request(item);
		this.#fetch(url, { ...options, keepalive: true }).catch(() => {});
	}

	async retry(id) {
		await this.#change(id, (item) => ({ put: [{ ...item, state: WAITS, refused: null }] }));
		this.wake(true);
	}

	discard(id) { return this.#change(id, (item) => ({ remove: [item] })); }

	async clear() {
		await this.ready;
		await this.store.amend(() => [], (items) => ({ remove: items }));
		await this.#forget([...this.#index.keys()]);
		await this.#changed();
		this.#apply({ everything: true });
	}

	async #change(id, work) {
		await this.ready;
		await this.store.amend(() => [["id", id]], ([item]) => (item ? work(item) : {}));
		await this.#changed();
	}

	async items() {
		await this.ready;
		return (await this.store.find()).map(({ seq, state, isSending, text, refused = null, ...item }) =>
			({ ...item, refused, ...(text && { value: JSON.parse(text) }) }));
	}
}

// Which waiting items a new one makes needless. An invalidation stands between what was set before and behind it
function merged(items, item) {
	if (item.op === "invalidate") {
		const last = items.at(-1);
		const isSame = last?.op === "invalidate" && !last.isSending
			&& JSON.stringify(last.selectors) === JSON.stringify(item.selectors);
		return isSame && last.scope === item.scope ? [last] : [];
	}
	const remove = [];
	const carries = [...item.tags, ...items.filter((other) => other.key === item.key).flatMap((other) => other.tags)];
	for (const one of [...items].reverse()) {
		if (one.op === "invalidate" && concerns(one.selectors, item.key, carries)) break;
		if (one.key === item.key && one.op !== "invalidate" && !one.isSending) remove.push(one);
	}
	return remove;
}

// ---- The element

const STRINGS = {
	online: "Online", offline: "Offline", syncing: "Sending", blocked: "Needs attention", loading: "Loading",
	waiting: (count) => `${count} ${count === 1 ? "change waits" : "changes wait"}`,
	refused: (count) => `${count} refused`,
	memory: "Changes stay in this page only", fetch: "Fetch", update: "Update", invalidate: "Invalidate",
		value: "Value (JSON)", empty: "No value",
};

const sheet = (text) => { const made = new CSSStyleSheet(); made.replaceSync(text); return made; };
const HIDDEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);";
const pageStyle = globalThis.CSSStyleSheet && sheet(`.cache-sync-announcements { ${HIDDEN} }`);
// States differ in the dot's borders: those stay where a system forces colors of its own, and backgrounds do not.
const style = globalThis.CSSStyleSheet && sheet(`
	:host { display: block; font-family: var(--cache-sync-font, inherit);
		--on: var(--cache-sync-color-online, light-dark(#0a6b2d, #6fdc8c));
		--off: var(--cache-sync-color-offline, light-dark(#5c5c5c, #c0c0c0));
		--bad: var(--cache-sync-color-error, light-dark(#b3141c, #ff9c9c)); }
	:host([hidden]), [hidden] { display: none !important; }
	[part=base] { display: grid; gap: var(--cache-sync-gap, .5rem); }
	[part=indicator], [part=controls] { display: flex; flex-wrap: wrap; align-items: center; gap: .5em; }
	[part=dot] { box-sizing: border-box; width: 1em; height: 1em; flex: none; border: .15em solid var(--off);
		border-radius: 50%; }
	.online [part=dot], .syncing [part=dot] { border: .5em solid var(--on); }
	@media (prefers-reduced-motion: no-preference) { .syncing [part=dot] { animation: beat 1s infinite alternate; } }
	.blocked [part=dot] { border: .5em solid var(--bad); border-radius: 0; }
	@keyframes beat { to { opacity: .4; } }
	[part=error] { color: var(--bad); } [part=error]:empty { display: none; }
	pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
	label { display: grid; flex: 1 1 12rem; } textarea { min-height: 2lh; }
	button, textarea { border: 1px solid; border-radius: var(--cache-sync-radius, .25rem);
		font: inherit; color: inherit; background: transparent; }
	button { padding: .35em .9em; cursor: pointer; min-height: 24px; }
	.announcements { ${HIDDEN} }`);

const make = (name, attributes = {}, ...children) => {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
	made.append(...children);
	return made;
};
const slot = (name, text = "") => make("slot", name ? { name } : {}, text);

const TEXTS = ["endpoint", "events", "namespace", "key", "entry-key", "tags", "storage-name", "announce"];
const FLAGS = ["auto", "live", "controls"];
const NUMBERS = { poll: 0, "queue-limit": 1000 };
const ATTRIBUTES = [...TEXTS, ...FLAGS, ...Object.keys(NUMBERS)];
const property = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const BUTTONS = ["update", "fetch", "invalidate"];
const Base = globalThis.HTMLElement ?? class {};

export class CacheSync extends Base {
	static observedAttributes = ATTRIBUTES;
	#client = null;
	#settings = "";
	#listening = null;
	#isScheduled = false;
	#entry = null;
	#error = null;
	#loads = 0;
	#token = null;
	#strings = STRINGS;
	#shown = {};
	#said = null;
	#internals = this.attachInternals?.();

	constructor() {
		super();
		const root = this.attachShadow({ mode: "open", delegatesFocus: false });
		root.adoptedStyleSheets = [style];
		const parts = this.#shown;
		parts.label = slot("online");
		parts.offline = slot("offline");
		parts.count = slot("queued");
		parts.loading = make("div", { part: "loading", hidden: "" }, slot("loading"));
		parts.error = make("div", { part: "error", role: "alert" });
		parts.value = make("pre");
		for (const name of BUTTONS) parts[name] = make("button", { part: "button", type: "button" });
		parts.name = make("span");
		parts.editor = make("textarea", { part: "editor", spellcheck: "false" });
		parts.controls = make("div", { part: "controls" }, make("label", {}, parts.name, parts.editor),
			...BUTTONS.map((name) => parts[name]));
		parts.base = make("div", { part: "base" },
			make("div", { part: "indicator" },
				make("span", { part: "dot", "aria-hidden": "true" }),
				make("span", { part: "label" }, parts.label, parts.offline), make("span", { part: "count" }, parts.count)),
			slot("error"), parts.error, parts.loading, make("div", { part: "data" }, make("slot", {}, parts.value)),
				parts.controls);
		root.append(parts.base);
		parts.fetch.onclick = () => this.#attempt(() => this.get());
		parts.update.onclick = () =>
			this.#attempt(() => this.set(this.key, JSON.parse(parts.editor.value), { tags: this.#tags }));
		parts.invalidate.onclick = () =>
			this.#attempt(() => this.#tags.length ? this.invalidate({ tags: this.#tags }) : this.delete());
	}

	// -- Life

	connectedCallback() {
		for (const name of [...ATTRIBUTES.map(property), "token", "strings"]) {
			// A page may have set it before the element was defined.
			if (!Object.hasOwn(this, name)) continue;
			const value = this[name];
			delete this[name];
			this[name] = value;
		}
		this.#schedule();
	}

	disconnectedCallback() { this.#schedule(); }
	attributeChangedCallback(name, before, after) {
		// React and Vue keep `key` to themselves.
		if (name === "entry-key") this.key = after;
		else if (before !== after) this.#schedule();
	}

	// Settings that change together are applied once; an element that is moved keeps its client
	#schedule() {
		if (this.#isScheduled) return;
		this.#isScheduled = true;
		queueMicrotask(() => {
			this.#isScheduled = false;
			this.#configure();
			if (this.isConnected) this.#render();
		});
	}

	#configure() {
		const endpoint = new URL(this.endpoint || ".", document.baseURI).href;
		const events = this.events ? new URL(this.events, document.baseURI).href : endpoint;
		const settings = { endpoint, events, namespace: this.namespace || "default", storageName: this.storageName };
		const name = this.isConnected ? JSON.stringify([settings, this.live]) : "";
		if (name !== this.#settings) {
			this.#listening?.abort();
			this.#client?.disconnect();
			this.#listening = null;
			this.#client = null;
			this.#settings = name;
			this.#loaded = null;
			if (name) this.#attach(Client.of(settings));
		}
		if (!this.#client) return clearInterval(this.#timer);
		this.#client.queueLimit = this.queueLimit;
		if (this.#token !== null) this.#client.setToken(this.#token);
		if (this.#loaded !== this.key) {
			this.#loaded = this.key;
			this.#entry = null;
			if (this.auto && this.key) this.#attempt(() => this.get());
		}
		clearInterval(this.#timer);
		if (this.poll > 0) this.#timer = setInterval(() => { if (this.key
			&& document.visibilityState !== "hidden") this.#attempt(() => this.get()); }, Math.max(1, this.poll) * SECOND);
	}
	#loaded = null;
	#timer = null;

	#attach(client) {
		this.#client = client;
		this.#listening = new AbortController();
		const on = (type, work) =>
			client.addEventListener(type, (event) => work(event.detail), { signal: this.#listening.signal });
		on("state", () => this.#render());
		on("queued", (detail) => this.#tell("queued", detail));
		on("flushed", (detail) => {
			this.#tell("flushed", detail);
			if (detail.op === "invalidate" ? !this.#entry || this.#entry.stale : detail.key === this.key) this.#reload();
		});
		on("conflict", (detail) => { this.#fail(detail.message, detail.status); this.#tell("conflict", detail); });
		on("failure", (detail) => { this.#fail(detail.message, detail.status); this.#tell("error", detail); });
		on("entry", ({ keys }) => { if (keys.includes(this.key)) this.#showLocal(); });
		on("apply", ({ selectors, isSoft, isOwn, own }) => {
			if (own?.has(this.key) || !concerns(selectors, this.key, this.#entry?.tags ?? [])) return;
			if (this.#entry && !isSoft) this.#show(null);
			else if (this.#entry) this.#show({ ...this.#entry, stale: true });
			this.#tell("invalidated", { selectors });
			// After one's own, the cache has the old value until it has heard of it.
			if (isOwn) return;
			this.#reload();
		});
		client.connect(this.live);
		client.ready.then(() => this.#render());
	}

	// -- What pages read and call

	get value() { return this.#entry?.value ?? null; }
	get entry() { return this.#entry; }
	get status() { return this.#client?.status ?? "offline"; }
	get queued() { return this.#client?.queued ?? 0; }
	get error() { return this.#error; }
	get loading() { return this.#loads > 0; }
	get ready() { return Promise.resolve().then(() => this.#need().ready); }
	get token() { return this.#token; }
	set token(token) { this.#token = token || null; this.#client?.setToken(this.#token); }
	get strings() { return this.#strings; }
	set strings(strings) { this.#strings = { ...STRINGS, ...strings }; if (this.isConnected) this.#render(); }
	get #tags() { return (this.tags ?? "").split(",").map((tag) => tag.trim()).filter(Boolean); }

	#need() {
		if (!this.#client && this.isConnected) this.#configure();
		if (!this.#client) throw new CacheSyncError("the element is in no page");
		return this.#client;
	}

	async get(key = this.key) {
		if (!key) throw new CacheSyncError("no key");
		const client = this.#need();
		this.#loads += 1;
		this.#render();
		try {
			const { entry, isOld, isGone } = await client.get(key);
			if (key === this.key) {
				this.#error = null;
				// What was overtaken is better than nothing only if it may be shown as old.
				if (!isGone && !(isOld && this.#entry)) this.#show(entry);
				if (isOld) this.#reload();
			}
			return entry?.value ?? null;
		} catch (error) {
			if (key === this.key) this.#fail(error.message, error.status);
			throw error;
		} finally {
			this.#loads -= 1;
			this.#render();
		}
	}

	async set(key, value, { tags = [], ttl, ifMatch } = {}) {
		const text = JSON.stringify(value);
		if (!key || text === undefined) throw new TypeError(key ? "the value is no JSON" : "no key");
		const id = await this.#need().enqueue({ op: "set", key, text, tags, ttl, ifMatch });
		if (key === this.key) await this.#showLocal();
		return id;
	}

	async delete(key = this.key, { ifMatch } = {}) {
		if (!key) throw new CacheSyncError("no key");
		const id = await this.#need().enqueue({ op: "delete", key, ifMatch });
		if (key === this.key) this.#show(null);
		return id;
	}

	async invalidate({ tags = [], urls = [], scope = "cache" }) {
		return this.#need().enqueue({ op: "invalidate",
			selectors: { ...(tags.length && { tags }), ...(urls.length && { urls }) }, scope });
	}

	flush() { this.#need().wake(true); }
	items() { return this.#need().items(); }
	retry(id) { return this.#need().retry(id); }
	discard(id) { return this.#need().discard(id); }
	clear() { return this.#need().clear(); }

	// -- What people see

	#tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail, composed: true })); }

	async #attempt(work) {
		try {
			await work();
		} catch (error) {
			this.#fail(error.message, error.status);
			this.#tell("error", { message: error.message, status: error.status ?? 0 });
		}
	}

	#reload() { if (this.auto && this.key) this.#attempt(() => this.get()); }

	async #showLocal() {
		const entry = await this.#client?.local(this.key);
		if (entry) this.#show({ ...entry, stale: false });
	}

	#show(entry) {
		const isNews = JSON.stringify(entry?.value) !== JSON.stringify(this.#entry?.value);
		this.#entry = entry;
		this.#render();
		if (isNews) this.#tell("change", { key: this.key, value: this.value, entry });
	}

	#fail(message, status = 0) {
		this.#error = { message, status };
		this.#render();
	}

	#render() {
		const client = this.#client;
		if (!client) return;
		const { status, queued, refused } = client;
		const [parts, strings] = [this.#shown, this.#strings];
		const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
		parts.base.className = status;
		parts.label.hidden = status === "offline";
		parts.offline.hidden = status !== "offline";
		put(parts.label, strings[status]);
		put(parts.offline, strings.offline);
		const notes = [queued - refused && strings.waiting(queued - refused), refused && strings.refused(refused), queued
			&& client.store?.kind === "memory" && strings.memory].filter(Boolean).join(", ");
		put(parts.count, notes);
		parts.loading.hidden = !this.loading;
		put(parts.loading.firstChild, strings.loading);
		put(parts.error, this.#error?.message ?? "");
		put(parts.value, this.#entry ? JSON.stringify(this.#entry.value, null, 2) : strings.empty);
		parts.controls.hidden = !this.controls;
		for (const name of BUTTONS) put(parts[name], strings[name]);
		put(parts.name, strings.value);
		parts.fetch.setAttribute("aria-busy", String(this.loading));
		const states = this.#internals?.states;
		if (states) for (const one of ["online", "offline", "syncing", "blocked"]) states[one === status ? "add"
			: "delete"](one);
		this.#announce([strings[status], notes].filter(Boolean).join(". ") + ".");
		if (this.#last && (this.#last.status !== status || this.#last.queued !== queued)) this.#tell("status",
			{ status, queued });
		this.#last = { status, queued };
	}
	#last = null;
	#delay = null;

	// Says changes to those who do not see them, once things have been quiet for a second
	#announce(text) {
		const region = this.#region();
		this.#said ??= text;
		clearTimeout(this.#delay);
		if (text !== this.#said) this.#delay = setTimeout(() => { this.#said = text; region.textContent = text; }, SECOND);
	}

	#region() {
		const isOfPage = this.announce === "page";
		const home = isOfPage ? document.body : this.shadowRoot;
		const name = isOfPage ? "cache-sync-announcements" : "announcements";
		const found = [...home.children].find((child) => child.className === name);
		if (found) return found;
		if (isOfPage) document.adoptedStyleSheets = [...document.adoptedStyleSheets, pageStyle];
		const made = make("div", { class: name, role: "status", "aria-live": "polite", "aria-atomic": "true" });
		home.append(made);
		return made;
	}
}

for (const name of ATTRIBUTES) {
	Object.defineProperty(CacheSync.prototype, property(name), {
		configurable: true, enumerable: true,
		get() {
			if (FLAGS.includes(name)) return this.hasAttribute(name);
			const text = this.getAttribute(name);
			return name in NUMBERS ? (Number(text) > 0 ? Number(text) : NUMBERS[name]) : text;
		},
		set(value) {
			if (value === null || value === undefined || value === false) this.removeAttribute(name);
			else this.setAttribute(name, value === true ? "" : String(value));
		},
	});
}

globalThis.customElements?.get("cache-sync") ?? globalThis.customElements?.define("cache-sync", CacheSync);
