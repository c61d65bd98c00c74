/** The program that a person started: `migration-proof` itself, or one that offers some of its commands. */
export interface Program {
  /** As a reader types it, such as `npx migration-proof`. */
  readonly name: string
  readonly version: string
  readonly description: string
  /** The names of the commands that it offers; all of them by default. */
  readonly commands?: readonly string[]
  /** The path of the config that it always works on; by default one is looked for. */
  readonly configFile?: string
}

let current: Program = { name: 'migration-proof', version: '', description: '' }

/** The program that runs. */
export function currentProgram(): Program {
  return current
}

/** Sets the program that runs, once at its start and at that of each thread. */
export function setProgram(program: Program): void {
  current = program
}
