import { subjectName } from '../subject.ts'
import { hasPrinted, printJsonText } from './print.ts'

/** Prints one value as JSON, and nothing else, on the standard output. It names the suite where one was loaded. */
export function printJson(value: object): void {
  if (hasPrinted()) throw new Error('One JSON value was printed already')
  const suite = subjectName()
  const named = suite === null || 'suite' in value ? value : { suite, ...value }
  printJsonText(`${JSON.stringify(named, null, 2)}\n`)
}
