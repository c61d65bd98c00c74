import type { DiagnosedError } from '../errors.ts'

type Listener = (error: DiagnosedError) => void

/** What may go on when it is no longer waited for, such as a thread of tasks. */
export interface LateSource {
  /** Lets it end, at the latest at this time of `performance.now`, and notes what it still did. */
  end(untilMilliseconds: number): void
}

interface LateStatements {
  /** By their sentences, so that each migration is named once. */
  readonly refused: Map<string, DiagnosedError>
  readonly sources: Set<LateSource>
  listen: Listener
}

/** By this name, the bundles of this package find in a thread what one of them has refused. */
const name = Symbol.for('migration-proof late statements')

function shared(): LateStatements {
  const known: LateStatements | undefined = Reflect.get(globalThis, name)
  if (known !== undefined) return known
  const made: LateStatements = { refused: new Map(), sources: new Set(), listen: () => {} }
  Reflect.set(globalThis, name, made)
  return made
}

/** Remembers a statement that was refused because its migration had returned. Its own code may swallow the error. */
export function noteLateStatement(error: DiagnosedError): void {
  const { refused, listen } = shared()
  if (refused.has(error.message)) return
  refused.set(error.message, error)
  listen(error)
}

/**
 * What was refused after its migration had returned, the first of each migration. What ran before it can have been
 * proven without that statement.
 */
export function lateStatements(): readonly DiagnosedError[] {
  return [...shared().refused.values()]
}

/** Calls back when a late statement is refused, in a thread that does not outlive it. */
export function onLateStatement(listener: Listener): void {
  shared().listen = listener
}

/** @returns what takes it out again */
export function addLateSource(source: LateSource): () => void {
  const { sources } = shared()
  sources.add(source)
  return () => sources.delete(source)
}

/** How long what is no longer waited for may take to end by itself. */
const graceMilliseconds = 250

/** Ends all that may go on: what is to run a little later in it still runs, and is noted. */
export function endLateSources(): void {
  const until = performance.now() + graceMilliseconds
  for (const source of shared().sources) source.end(until)
}
