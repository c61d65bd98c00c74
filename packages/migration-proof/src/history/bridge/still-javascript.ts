import { createRequire, syncBuiltinESMExports } from 'node:module'
import { enterRun } from '../../engines/chance.ts'
import { stillChance, withStillJavaScript } from '../../snapshots/clock.ts'

const require = createRequire(import.meta.url)

/**
 * Makes the clocks and random numbers of JavaScript in this thread those that `withStillJavaScript` gives to code that is
 * synchronous. Timers run as they did.
 *
 * @returns what starts the random numbers again
 */
export function keepJavaScriptStill(): () => void {
  const { Date: still } = withStillJavaScript(() => ({ Date: globalThis.Date }))
  let [random, secret] = [stillChance(), stillChance()]
  globalThis.Date = still
  Math.random = () => random()
  define(performance, 'now', () => 0)
  define(performance, 'timeOrigin', still.now())
  const { hrtime } = process
  define(hrtime, 'bigint', () => 0n)
  define(
    process,
    'hrtime',
    Object.assign(() => [0, 0], { bigint: hrtime.bigint }),
  )
  keepCryptoStill((bytes) => {
    for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(secret() * 256)
  })
  return () => {
    enterRun(null)
    random = stillChance()
    // Tools draw numbers for their own use, and not as often in each upgrade.
    secret = stillChance()
  }
}

function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, configurable: true, writable: true })
}

type Fill = (bytes: Uint8Array) => void

function keepCryptoStill(fill: Fill): void {
  // The object of the module itself: a namespace cannot be changed.
  const crypto: object = require('node:crypto')
  const randomBytes = (size: number): Buffer => {
    const bytes = Buffer.alloc(size)
    fill(bytes)
    return bytes
  }
  const fillView = <View extends ArrayBufferView>(
    view: View,
    offset = 0,
    size = view.byteLength - offset,
  ) => {
    fill(new Uint8Array(view.buffer, view.byteOffset + offset, size))
    return view
  }
  const randomUUID = () => {
    const hex = randomBytes(16).toString('hex')
    const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
  }
  const randomInt = (low: number, high: number) =>
    low + Number(BigInt(`0x${randomBytes(8).toString('hex')}`) % BigInt(high - low))

  const randomBytesOf = (size: number, done?: unknown) => later(randomBytes(size), done)
  const replaced = {
    randomUUID,
    randomBytes: randomBytesOf,
    pseudoRandomBytes: randomBytesOf,
    randomFillSync: fillView,
    randomFill: (view: ArrayBufferView, ...rest: readonly unknown[]) => {
      const [offset, size] = rest.filter((value) => typeof value === 'number')
      later(fillView(view, offset, size), rest.at(-1))
    },
    randomInt: (...values: readonly unknown[]) => {
      const [low = 0, high] = values.filter((value) => typeof value === 'number')
      return later(high === undefined ? randomInt(0, low) : randomInt(low, high), values.at(-1))
    },
  }
  for (const [key, value] of Object.entries(replaced)) define(crypto, key, value)
  // The function of the module reads the one of the object.
  define(globalThis.crypto, 'getRandomValues', fillView)
  define(globalThis.crypto, 'randomUUID', randomUUID)
  syncBuiltinESMExports()
}

/** Gives a result to a callback, as the functions of `node:crypto` do; returns it where there is none. */
function later<Value>(value: Value, done: unknown): Value | undefined {
  if (typeof done !== 'function') return value
  setImmediate(() => done(null, value))
  return undefined
}
