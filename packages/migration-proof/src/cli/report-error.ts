import { stackOf } from './errors.ts'
import { explainError, stackVariable } from './explain-error.ts'
import { endResults, hasPrinted, printJson, say, sayLines } from './output/print.ts'
import { printable } from './output/printable.ts'
import { styleFor } from './output/style.ts'

let hasReported = false

/**
 * Prints on the standard error, in one sentence, what ended a command; also as a JSON value if JSON was requested and
 * nothing was printed yet. What fails after that is a consequence, and no result follows.
 */
export function reportError(error: unknown, given: readonly string[]): void {
  if (hasReported) return
  hasReported = true
  const { name, message, diagnosis } = explainError(error, given)
  if (asksForJson(given) && !hasPrinted()) printJson({ error: { name, message, ...diagnosis } })
  endResults()
  say(`${styleFor(process.stderr)('red', 'Error:')} ${printable(message)}`)
  const isStackWanted = !['', '0', undefined].includes(process.env[stackVariable])
  if (isStackWanted && error instanceof Error) sayLines(stackOf(error))
}

/** Prints what a user should know apart from the result. */
export function warn(message: string): void {
  say(`${styleFor(process.stderr)('yellow', 'Warning:')} ${printable(message)}`)
}

/** Whether the arguments ask for JSON, even if they are wrong otherwise. */
function asksForJson(given: readonly string[]): boolean {
  const end = given.indexOf('--')
  const options = end === -1 ? given : given.slice(0, end)
  return (
    options.includes('--json') ||
    options.includes('--format=json') ||
    options.some((option, index) => option === '--format' && options[index + 1] === 'json')
  )
}
