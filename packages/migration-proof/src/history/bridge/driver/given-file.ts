import { refuseInTask } from '../current-task.ts'

/** The name under which this thread has opened the connection of the harness. */
let givenName: string | null = null

/** Every name stands for the connection of the harness, but all that a thread opens must be the same. */
export function openGiven(name: string): void {
  if (givenName !== null && givenName !== name)
    refuseInTask({
      reason: 'other-connection',
      expected: `the connection that was given, which was opened as '${givenName}'`,
      actual: `another one, to '${name}'`,
      fix: 'let it use the connection that it is given',
    })
  givenName = name
}
