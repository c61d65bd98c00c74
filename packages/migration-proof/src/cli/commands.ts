import type { SubCommandsDef } from 'citty'

/** A command as citty defines it, with any arguments. Its `run` returns the exit code. */
export type Command = Awaited<ReturnType<Extract<SubCommandsDef[string], () => unknown>>>

/** An example call in the help of a command. */
export interface Example {
  /** What follows the name of the program, such as `verify --snapshot v5`. */
  readonly call: string
  readonly does: string
}

declare module 'citty' {
  interface CommandMeta {
    examples?: readonly Example[]
  }
}

interface CommandEntry {
  readonly name: string
  /** Loads the code of this command only, so that each starts fast. */
  load(): Promise<Command>
}

/** Every command, in the order in which the help lists them. */
export const commands: readonly CommandEntry[] = [
  { name: 'init', load: async () => (await import('./init.ts')).initCommand },
  { name: 'status', load: async () => (await import('./status.ts')).statusCommand },
  { name: 'verify', load: async () => (await import('./verify.ts')).verifyCommand },
  { name: 'freeze', load: async () => (await import('./freeze.ts')).freezeCommand },
  { name: 'upgrade', load: async () => (await import('./upgrade.ts')).upgradeCommand },
  { name: 'restore', load: async () => (await import('./restore.ts')).restoreCommand },
  { name: 'inspect', load: async () => (await import('./inspect.ts')).inspectCommand },
  { name: 'lint', load: async () => (await import('./lint.ts')).lintCommand },
  { name: 'mutate', load: async () => (await import('./mutate.ts')).mutateCommand },
  { name: 'crash', load: async () => (await import('./crash.ts')).crashCommand },
  { name: 'report', load: async () => (await import('./report.ts')).reportCommand },
  { name: 'gate', load: async () => (await import('./gate.ts')).gateCommand },
]
