import type { BufferPool, DiskFiles, DiskOperation } from './disk.ts'
import { afterOperation, materialise, type PendingEffect, type SafeDisk, safeDisk } from './pending.ts'
import { type Random, seededRandom } from './random.ts'
import type { DiskImage } from './tally.ts'

/**
 * What a power loss does to a pending effect. `kept`: it reached the disk. `lost`: it did not. For a write also
 * `garbled`: its bytes became noise; `zeroed`: the file grew, but the bytes did not reach it.
 */
export type Fate = 'lost' | 'kept' | 'garbled' | 'zeroed'

/** The fate of each pending effect, in order. */
export type Fates = readonly Fate[]

/** Up to this many pending effects, every subset of them is tried. */
export const subsetLimit = 5

/**
 * The combinations of fates to try for a number of pending effects: all subsets up to `subsetLimit`; above it none, all,
 * and random ones. Both include noise.
 *
 * @param rounds how many combinations of each kind to draw where not all are tried
 */
export function chooseFates(count: number, random: Random, rounds: number): Fates[] {
  if (count === 0) return [[]]
  const extremes = [uniform(count, 'garbled'), uniform(count, 'zeroed')]
  if (count <= subsetLimit) return [...allSubsets(count), ...extremes, ...garbleOne(count)]
  const chosen: Fates[] = [uniform(count, 'lost'), uniform(count, 'kept'), ...extremes]
  for (let round = 0; round < rounds; round++) {
    const position = random.below(count)
    chosen.push(
      each(count, (index) => (index < position ? 'kept' : 'lost')),
      each(count, (index) => (index === position ? 'lost' : 'kept')),
      each(count, (index) => (index === position ? 'kept' : 'lost')),
      each(count, (index) => (index === position ? 'garbled' : 'kept')),
      each(count, () => (random.below(2) === 0 ? 'kept' : 'lost')),
      each(count, () => fateNames[random.below(fateNames.length)] ?? 'lost'),
    )
  }
  return chosen
}

const fateNames: readonly Fate[] = ['lost', 'kept', 'garbled', 'zeroed']

function uniform(count: number, fate: Fate): Fates {
  return each(count, () => fate)
}

function each(count: number, fateOf: (index: number) => Fate): Fates {
  return Array.from({ length: count }, (_, index) => fateOf(index))
}

function allSubsets(count: number): Fates[] {
  return Array.from({ length: 2 ** count }, (_, subset) =>
    each(count, (index) => ((subset >> index) % 2 === 1 ? 'kept' : 'lost')),
  )
}

function garbleOne(count: number): Fates[] {
  return Array.from({ length: count }, (_, position) =>
    each(count, (index) => (index === position ? 'garbled' : 'kept')),
  )
}

/** The pending effects that reach the disk. Noise affects only bytes that were being written. */
export function arrivals(pending: readonly PendingEffect[], fates: Fates, random: Random): PendingEffect[] {
  return pending.flatMap((effect, position) => {
    const fate = fates[position] ?? 'lost'
    if (fate === 'lost') return []
    if (effect.kind !== 'write' || fate === 'kept') return [effect]
    return fate === 'garbled' ? [garble(effect, random)] : growOnly(effect)
  })
}

type PendingWrite = Extract<PendingEffect, { kind: 'write' }>

/** The size of a file may be durable before its bytes are; until then they read as zeros. */
function growOnly(effect: PendingWrite): PendingEffect {
  return { ...effect, offset: effect.offset + effect.bytes.length, bytes: new Uint8Array(0) }
}

function garble(effect: PendingWrite, random: Random): PendingEffect {
  const bytes = new Uint8Array(effect.bytes.length)
  random.fill(bytes)
  return { ...effect, bytes }
}

export interface CrashOptions {
  /** The durable files before the first operation. */
  readonly files: DiskFiles
  readonly log: readonly DiskOperation[]
  /** The unit that the disk writes atomically. */
  readonly unitBytes: number
  readonly seed: number
  /** How many combinations of each kind to draw where there are too many to try all. */
  readonly rounds: number
  /** The version that is durable before the first operation. */
  readonly startVersion: number
  /** The power fails at every nth point, and at the last one; defaults to every point. */
  readonly every?: number
  /** The first point; defaults to 0. */
  readonly fromPoint?: number
  /** The last point; defaults to the end of the log. */
  readonly toPoint?: number
}

/** One state of the disk that a power loss may leave. */
export interface CrashImage extends DiskImage {
  /** How many operations of the log were done before the power failed. */
  readonly point: number
  /** The index of the combination of fates, among those of its point. */
  readonly choice: number
}

/** Every state of the disk that a power loss may leave, at every point of the log. The same seed gives the same states. */
export function* crashImages(options: CrashOptions): Generator<CrashImage> {
  const { files, log, unitBytes, startVersion, every = 1, fromPoint = 0, toPoint = log.length } = options
  let disk = safeDisk(files)
  let acknowledgedVersion = startVersion
  for (let point = 0; point <= toPoint; point++) {
    const operation = log[point - 1]
    if (operation !== undefined) disk = afterOperation(disk, operation, unitBytes)
    if (operation?.kind === 'acknowledge') acknowledgedVersion = operation.version
    const isWanted = point >= fromPoint && (point % every === 0 || point === toPoint)
    if (isWanted) yield* imagesAt(options, disk, point, acknowledgedVersion)
  }
}

function* imagesAt(
  { seed, rounds }: CrashOptions,
  disk: SafeDisk,
  point: number,
  acknowledgedVersion: number,
): Generator<CrashImage> {
  const { pending } = disk
  // The combinations of a point do not depend on other points, so that one image can be made by itself.
  const fatesOfPoint = chooseFates(pending.length, seededRandom(seed, point), rounds)
  for (const [choice, fates] of fatesOfPoint.entries()) {
    const makeFiles = (pool?: BufferPool) =>
      materialise(disk, arrivals(pending, fates, seededRandom(seed, point, choice)), pool)
    yield { point, choice, acknowledgedVersion, makeFiles }
  }
}

/** Identifies one image of a sweep: the same seed always makes the same image. */
export interface ImageId {
  /** How many operations of the disk were done before the power failed. */
  readonly point: number
  /** The index of the combination of fates, among those of its point. */
  readonly choice: number
  /** The second power loss, while the upgrade ran again on the first image. */
  readonly again?: { readonly point: number; readonly choice: number }
}

/** The id of an image as text, such as `137.4`, or `137.4-12.0` after a second power loss. */
export function formatImageId({ point, choice, again }: ImageId): string {
  return again === undefined ? `${point}.${choice}` : `${point}.${choice}-${again.point}.${again.choice}`
}

/** Parses such a text; null if it is not an id. */
export function parseImageId(text: string): ImageId | null {
  const match = /^(\d+)\.(\d+)(?:-(\d+)\.(\d+))?$/.exec(text)
  if (match === null) return null
  const [point = 0, choice = 0, ...again] = match
    .slice(1)
    .filter((part) => part !== undefined)
    .map(Number)
  const [againPoint, againChoice] = again
  if (againPoint === undefined || againChoice === undefined) return { point, choice }
  return { point, choice, again: { point: againPoint, choice: againChoice } }
}
