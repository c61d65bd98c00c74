/** The words by which a reader runs a command of this package, such as `npm run fixtures -- --check`. */
export type CommandLine = (command: string, ...options: readonly string[]) => string

/** How a project that installed the package runs its commands. */
let current: CommandLine = (command, ...options) => ['npx migration-proof', command, ...options].join(' ')

/** How a user runs a command of this package, for the fix of a problem. */
export const howToRun: CommandLine = (command, ...options) => current(command, ...options)

/** Lets a program say how its readers run commands: its command line knows the suite and the place of the package. */
export function setHowToRun(commandLine: CommandLine): void {
  current = commandLine
}
