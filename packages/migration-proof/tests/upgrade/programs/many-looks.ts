import { removeDeadRuns } from '../../../src/upgrade/run-folder.ts'

/** Looks for what dead runs left, again and again. It prints the states of what it left alone. */
const [, , parent = '', file = '', milliseconds = '0'] = process.argv
const states = new Set<string>()
const end = performance.now() + Number(milliseconds)
while (performance.now() < end) {
  for (const { state } of removeDeadRuns(parent, file)) states.add(state)
}
process.stdout.write(JSON.stringify([...states]))
