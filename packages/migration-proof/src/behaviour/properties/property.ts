import * as fc from 'fast-check'
import { errorCode } from '../../migrator/errors.ts'
import { makeProblem, type Problem } from '../../problem.ts'

/** A statement about all values of a kind, which random ones try to refute. */
export interface Property {
  /** Unique among the properties of a suite: kept counterexamples name it. */
  readonly name: string
  /** Tries random values, and shrinks the first one that fails. */
  explore(options: ExploreOptions): Exploration
  /** Tries one value that was kept. */
  replay(value: EncodedValue): Problem[]
}

export interface ExploreOptions {
  readonly runs: number
  readonly seed: number
  /** The place of one counterexample among those of the seed, as an earlier exploration told it. */
  readonly path?: string
}

export interface Exploration {
  readonly runs: number
  readonly seed: number
  readonly counterexample: Counterexample | null
}

/** The smallest value that was found to fail. */
export interface Counterexample {
  readonly path: string
  readonly value: EncodedValue
  readonly failures: readonly Problem[]
}

/**
 * Makes a property. What `check` does to a database it must take back.
 *
 * @param check returns what is wrong; nothing for a value that behaves
 * @param simpler values that are a step simpler than one that failed; they are tried once fast-check is done
 */
export function defineProperty<Value>(
  name: string,
  values: fc.Arbitrary<Value>,
  check: (value: Value) => Problem[],
  simpler: (value: Value) => Iterable<Value> = () => [],
): Property {
  const findFailures = (value: Value) => reportRefusal(name, () => check(value))
  return {
    name,
    explore: ({ runs, seed, path }) => {
      const property = fc.property(values, (value) => findFailures(value).length === 0)
      const details = fc.check(property, { numRuns: runs, seed, ...(path === undefined ? {} : { path }) })
      const exploration = { runs: details.numRuns, seed: details.seed }
      if (!details.failed) return { ...exploration, counterexample: null }
      if (details.counterexample === null) throw details.errorInstance
      const value = simplify(details.counterexample[0], findFailures, simpler)
      const counterexample = {
        path: details.counterexamplePath ?? '',
        value: encodeValue(value),
        failures: findFailures(value),
      }
      return { ...exploration, counterexample }
    },
    // What was kept is what this property once generated: its type is known by the property's name alone.
    replay: (value) => findFailures(decodeValue(value) as Value),
  }
}

function simplify<Value>(
  failing: Value,
  findFailures: (value: Value) => Problem[],
  simpler: (value: Value) => Iterable<Value>,
): Value {
  for (const value of simpler(failing)) {
    if (findFailures(value).length > 0) return simplify(value, findFailures, simpler)
  }
  return failing
}

/** An engine that refuses what it always takes, such as reading a table, fails the property. */
function reportRefusal(name: string, check: () => Problem[]): Problem[] {
  try {
    return check()
  } catch (error) {
    const code = errorCode(error)
    if (code === null || !(error instanceof Error)) throw error
    return [
      makeProblem(name, {
        subject: { type: 'database', name: 'the database' },
        expected: 'its statements run',
        actual: `${code}: ${error.message}`,
      }),
    ]
  }
}

/** A generated value as JSON. Integers and bytes, which JSON lacks, are `{ "$integer" }` and `{ "$bytes" }`. */
export type EncodedValue =
  | null
  | boolean
  | number
  | string
  | readonly EncodedValue[]
  | { readonly [name: string]: EncodedValue }

/** @throws {TypeError} when the value is more than plain data, integers and bytes */
export function encodeValue(value: unknown): EncodedValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'bigint') return { $integer: `${value}` }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('hex') }
  if (Array.isArray(value)) return value.map(encodeValue)
  if (isPlain(value)) {
    const entries = Object.entries(value).filter(([, part]) => part !== undefined)
    return Object.fromEntries(entries.map(([name, part]) => [name, encodeValue(part)]))
  }
  throw new TypeError(`A ${typeof value} cannot be kept as JSON`)
}

/** The value that was encoded. */
export function decodeValue(value: EncodedValue): unknown {
  if (Array.isArray(value)) return value.map(decodeValue)
  if (!isPlain(value)) return value
  const { $integer, $bytes } = value
  if (typeof $integer === 'string') return BigInt($integer)
  if (typeof $bytes === 'string') return new Uint8Array(Buffer.from($bytes, 'hex'))
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, decodeValue(part as EncodedValue)]),
  )
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
