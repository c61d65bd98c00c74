import { subjectLine, subjectName } from '../subject.ts'
import { printable, safeCommands, safeJson, safeText } from './printable.ts'
import { writeError, writeOutput } from './streams.ts'
import { hasColors } from './style.ts'

let hasResult = false
let isEnded = false

/** From now on nothing is printed on the standard output: an error has ended the command. */
export function endResults(): void {
  isEnded = true
}

/** Whether anything was printed that a reader can take for a result. */
export function hasPrinted(): boolean {
  return hasResult
}

/** Prints text on the standard output, and a line break. What a command prints first is what it works on. */
export function print(text: string): void {
  if (isEnded) return
  const subject = hasResult ? null : subjectLine()
  hasResult = true
  const lines = subject === null ? text : `${printable(subject)}\n${text}`
  writeOutput(`${safeText(lines, hasColors(process.stdout))}\n`)
}

/** Prints a document that other programs read, such as Markdown, and nothing before it. */
export function printDocument(text: string): void {
  if (isEnded) return
  hasResult = true
  writeOutput(safeText(text, false))
}

/** Prints commands to the service that runs the build: nothing of a project in them may be one by itself. */
export function printAnnotations(lines: string): void {
  if (isEnded) return
  hasResult = true
  writeOutput(safeCommands(lines))
}

/** Prints a text in JSON and nothing before it. */
export function printJsonText(text: string): void {
  if (isEnded) return
  hasResult = true
  writeOutput(safeJson(text))
}

/** Prints one line on the standard error, where people and logs see how a command gets on. */
export function say(line: string): void {
  const lines = safeText(line, hasColors(process.stderr)).replaceAll('\n', printable)
  writeError(`${lines}\n`)
}

/** Prints text on the standard error, and a line break. */
export function sayLines(text: string): void {
  writeError(`${safeText(text, hasColors(process.stderr))}\n`)
}

/** Prints one value as JSON, and nothing else, on the standard output. It names the suite where one was loaded. */
export function printJson(value: object): void {
  if (hasPrinted()) throw new Error('One JSON value was printed already')
  const suite = subjectName()
  const named = suite === null || 'suite' in value ? value : { suite, ...value }
  printJsonText(`${JSON.stringify(named, null, 2)}\n`)
}
