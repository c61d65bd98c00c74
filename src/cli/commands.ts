import type { SubCommandsDef } from 'citty'

/** A command as citty defines it, whatever its arguments. Its `run` returns the exit code. */
export type Command = Awaited<ReturnType<Extract<SubCommandsDef[string], () => unknown>>>

interface CommandEntry {
  readonly name: string
  /** Loads the code of this command and of no other, so that each starts fast. */
  load(): Promise<Command>
}

/** Every command, in the order in which the help lists them. */
export const commands: readonly CommandEntry[] = [
  { name: 'verify', load: async () => (await import('./verify.ts')).verifyCommand },
  { name: 'fixtures', load: async () => (await import('./fixtures.ts')).fixturesCommand },
  { name: 'inspect', load: async () => (await import('./inspect.ts')).inspectCommand },
]
