import { stackOf } from './errors.ts'
import { explainError, stackVariable } from './explain-error.ts'
import { endResults, hasPrinted, printJson, say, sayLines } from './output/print.ts'
import { printable } from './output/printable.ts'
import { styleFor } from './output/style.ts'

let hasReported = false

/**
 * Says in one sentence what ended a command, on the standard error; where JSON was asked for and nothing was printed
 * yet, as a JSON value too. What fails after that is a consequence, and no result comes any more.
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

/** Says what a person is to know beside the result. */
export function warn(message: string): void {
  say(`${styleFor(process.stderr)('yellow', 'Warning:')} ${printable(message)}`)
}

/** Whether the arguments ask for JSON, be they right or wrong. */
function asksForJson(given: readonly string[]): boolean {
  const end = given.indexOf('--')
  const options = end === -1 ? given : given.slice(0, end)
  return (
    options.includes('--json') ||
    options.includes('--format=json') ||
    options.some((option, index) => option === '--format' && options[index + 1] === 'json')
  )
}
