import { unprintable } from '../../how-to-run.ts'

const escapeMark = String.fromCodePoint(0x1b)

/** A colour, as `style.ts` writes it, or a character that a terminal does not show as itself. Lines may end, and
 * SQL has tabs. */
const unshown = new RegExp(`${escapeMark}\\[[\\d;]*m|(?![\\n\\t])[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]`, 'gu')

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands, after white space, too. */
const githubCommand = /^([^\S\n]*):(?=:)/gm

/** `##[error]`, `##vso[task…]`, `##teamcity[…]`: runners look for them anywhere in a line. */
const bracketCommand = /##(?=[a-z]*\[)/gi

/**
 * Text as a terminal and the log of a build may show it. Names come from files and from the code of projects: none of
 * them may draw on the screen, or be a command to the service that runs the build.
 *
 * @param hasColors whether it may hold colours
 */
export function safeText(text: string, hasColors: boolean): string {
  return text
    .replace(unshown, (found) => (found.length > 2 ? showColor(found, hasColors) : escapeCharacter(found)))
    .replace(githubCommand, '$1\\u{3a}')
    .replace(bracketCommand, '#\\u{23}')
}

/** The same for lines that are commands of GitHub, whose parts are escaped already. */
export function safeCommands(lines: string): string {
  return lines.replace(bracketCommand, '#\\u{23}')
}

function showColor(color: string, hasColors: boolean): string {
  return hasColors ? color : `${escapeCharacter(escapeMark)}${color.slice(1)}`
}

/** The same for the text of a JSON value, which stays the same value: such characters are in its strings only. */
export function safeJson(text: string): string {
  return text
    .replace(/[\p{Cf}\p{Zl}\p{Zp}\u007F-\u009F]/gu, (found) => found.split('').map(escapeUnit).join(''))
    .replace(bracketCommand, `#${escapeUnit('#')}`)
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
/**
 * A text from a file or an error as a terminal may show it: line breaks, escape sequences and characters that
 * turn the direction of writing are shown as escapes, so that a hostile name cannot draw on the screen.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escapeCharacter)
}

/** The same for SQL that a person may copy: a tab stays one, and each line ends as the terminal ends it. */
export function printableSql(sql: string): string {
  return sql
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n')
}

/** One character as an escape, such as `\u{1b}`. */
function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
