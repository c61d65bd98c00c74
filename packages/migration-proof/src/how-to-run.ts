/** The words by which a reader runs a command of this package, such as `npm run fixtures -- --check`. */
export type CommandLine = (command: string, ...options: readonly string[]) => string

/** How a project that installed the package runs its commands. */
let current: CommandLine = (command, ...options) =>
  ['npx migration-proof', ...[command, ...options].map((word) => quoteArgument(word))].join(' ')

/** How a user runs a command of this package, for the fix of a problem. */
export const howToRun: CommandLine = (command, ...options) => current(command, ...options)

/** Lets a program say how its readers run commands: its command line knows the suite and the place of the package. */
export function setHowToRun(commandLine: CommandLine): void {
  current = commandLine
}

/** What a terminal may not show as it is. */
export const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * A word as the shell of a person takes it. What a terminal may not show as it is stands there as an escape, which POSIX shells know
 * since 2024. On Windows it is as cmd and PowerShell take it: there, no name of a file holds a quote or such a character.
 */
export function quoteArgument(word: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') {
    // A backslash before a quote would escape it.
    const isPlain = /^[\w@+=:./\\-]+$/.test(word)
    return isPlain ? word : `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`
  }
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (word.replace(unprintable, '') === word) return `'${word.replaceAll("'", "'\\''")}'`
  const escaped = word.replace(/[\\']/g, '\\$&').replace(unprintable, escapeForShell)
  return `$'${escaped}'`
}

function escapeForShell(character: string): string {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
  return short ?? [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
}
