import { randomUUID } from 'node:crypto'
import type { Connection } from 'migration-proof'
import { connectionOf } from 'migration-proof'
import { startConversation } from './conversation.ts'
import { readShellAnswer } from './quoted-rows.ts'

/** The command that runs a sqlite3 shell on a file, or on `:memory:`; its errors go where its rows go. */
export type ShellCommand = (file: string) => readonly [string, ...string[]]

/**
 * Opens a database with a sqlite3 shell, of any version from 3.34 on and wherever it runs: all that the
 * harness does with a connection it can do with that engine.
 *
 * Text that holds a NUL is cut there by the shell; read it as a BLOB.
 *
 * @throws {ConversationError} when the shell does not start
 */
export function openShell(command: ShellCommand, file: string, busyTimeoutMilliseconds = 5000): Connection {
  const shell = startConversation(command(file))
  const mark = `done-${randomUUID()}`
  const ask = (line: string) => shell.ask(`${line}\n.print ${mark}\n`, mark)

  for (const setting of ['mode quote', 'headers on', 'explain off', `timeout ${busyTimeoutMilliseconds}`]) {
    const complaint = ask(`.${setting}`)
    if (complaint !== '') throw new Error(complaint.trim())
  }
  return connectionOf({
    run: (sql) => {
      const { rows, error } = readShellAnswer(ask(`${sql};`))
      if (error !== null) throw new Error(error)
      return rows
    },
    openMemory: () => openShell(command, ':memory:'),
    close: () => shell.end(),
  })
}
