import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'

/** A few microseconds. */
const looksBeforeSleep = 1000

/** One end of a channel between two threads, each of which waits for the other without its event loop. */
export class SynchronousPort<Sent, Received> {
  readonly #port: MessagePort
  readonly #signals: Int32Array
  readonly #own: number

  /** @param own the index of the signal that this end waits for; the other end waits for the other one */
  constructor(port: MessagePort, signals: Int32Array, own: 0 | 1) {
    this.#port = port
    this.#signals = signals
    this.#own = own
  }

  send(message: Sent): void {
    this.#port.postMessage(message)
    Atomics.add(this.#signals, 1 - this.#own, 1)
    Atomics.notify(this.#signals, 1 - this.#own)
  }

  /** @returns null where nothing came within the limit */
  receive(limitMilliseconds = Number.POSITIVE_INFINITY): Received | null {
    for (;;) {
      // Read before the port is looked at: what comes in between wakes the wait.
      const seen = Atomics.load(this.#signals, this.#own)
      const received = this.receiveNow()
      if (received !== null) return received
      // Most answers come sooner than a thread that sleeps is woken, which takes three times as long as the rest.
      for (let look = 0; look < looksBeforeSleep; look++)
        if (Atomics.load(this.#signals, this.#own) !== seen) break
      if (Atomics.wait(this.#signals, this.#own, seen, limitMilliseconds) === 'timed-out') return null
    }
  }

  /** @returns null where nothing has come */
  receiveNow(): Received | null {
    return receiveMessageOnPort(this.#port)?.message ?? null
  }

  close(): void {
    this.#port.close()
  }
}
