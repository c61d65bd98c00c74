// Runs before each file of tests, in the thread of the tests.

/** What a WeakMap of the harness is while mutants are judged: one that can be emptied. */
class ForgetfulWeakMap<Key extends WeakKey, Value> {
  static readonly #emptiers: (() => void)[] = []
  #entries = new WeakMap<Key, Value>()

  constructor() {
    ForgetfulWeakMap.#emptiers.push(() => {
      this.#entries = new WeakMap()
    })
  }

  static emptyAll() {
    for (const empty of ForgetfulWeakMap.#emptiers) empty()
  }

  get(key: Key) {
    return this.#entries.get(key)
  }

  set(key: Key, value: Value) {
    this.#entries.set(key, value)
    return this
  }
}

const shared: typeof globalThis & { ForgetfulWeakMap?: typeof ForgetfulWeakMap } = globalThis
shared.ForgetfulWeakMap ??= ForgetfulWeakMap
shared.ForgetfulWeakMap.emptyAll()
