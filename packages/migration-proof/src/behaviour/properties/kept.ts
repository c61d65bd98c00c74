import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DiagnosedError } from '../../errors.ts'
import type { EncodedValue, Exploration } from './property.ts'

/** A counterexample that is kept and tried in every later run. It is stored as a JSON file of its own. */
export interface KeptCounterexample {
  /** The name of the property that it refuted. */
  readonly property: string
  /** What was wrong, for the reader. */
  readonly reason: string
  /** Where it was found: seed and path repeat the search only while the generators stay the same. */
  readonly seed: number
  readonly path: string
  /** The smallest value that failed. It is tried again even if the generators change. */
  readonly value: EncodedValue
}

/**
 * Writes the counterexample of an exploration into a folder.
 *
 * @returns the path of the file; the same counterexample has the same path
 */
export function keepCounterexample(
  folder: string,
  property: string,
  { seed, counterexample }: Exploration,
  reason: string,
): string {
  if (counterexample === null) throw new RangeError(`${property} holds: there is nothing to keep`)
  const { path, value } = counterexample
  const kept: KeptCounterexample = { property, reason, seed, path, value }
  const hash = createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8)
  const slug = property.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  const file = join(folder, `${slug}-${hash}.json`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`)
  return file
}

/** Every kept counterexample of a folder, sorted by file name. @throws {DiagnosedError} when a file is not one */
export function readCounterexamples(folder: string): { file: string; kept: KeptCounterexample }[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return files.sort().map((file) => ({ file, kept: readCounterexample(join(folder, file)) }))
}

function readCounterexample(file: string): KeptCounterexample {
  const kept: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (isKept(kept)) return kept
  throw new DiagnosedError({
    where: file,
    expected: 'a kept counterexample with property, reason, seed, path and value',
    actual: 'something else',
    fix: 'keep it again with FC_KEEP, or delete the file',
  })
}

function isKept(kept: unknown): kept is KeptCounterexample {
  if (typeof kept !== 'object' || kept === null) return false
  const { property, reason, seed, path, value } = kept as Partial<Record<string, unknown>>
  const texts = [property, reason, path].every((text) => typeof text === 'string')
  return texts && typeof seed === 'number' && value !== undefined
}
