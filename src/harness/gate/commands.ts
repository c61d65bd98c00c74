/** How the reader runs a command of this package, such as `npm run fixtures -- --check`. */
export type CommandLine = (command: string, ...options: readonly string[]) => string
