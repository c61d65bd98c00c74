import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import type { Connection } from '../sql/connection.ts'
import { ConversationError } from './conversation.ts'
import { openShell } from './shell-connection.ts'

/** An engine that opens whole files. */
export interface Engine {
  /** What it is and where it comes from, as reports show it. */
  readonly name: string
  /** Opens a private copy of a file; an empty one where there are no bytes. */
  open(file: Uint8Array): EngineFile
}

/** A file that an engine has opened. */
export interface EngineFile {
  readonly connection: Connection
  /** Closes the connection and returns the bytes of the file as the engine left it. */
  save(): Uint8Array
  [Symbol.dispose](): void
}

/** A container that hangs is ended from the inside, so that whoever waits for it goes on. */
const timeoutSeconds = 120

/**
 * The engine of a container that has a sqlite3 shell and busybox.
 *
 * @param container the id of a running container
 */
export function containerEngine(name: string, container: string): Engine {
  return {
    name,
    open: (file) => {
      const path = `/data/${randomUUID()}.db`
      run(container, file, 'sh', '-c', `umask 077 && cat > ${path}`)
      const connection = openShell((database) => shellCommand(container, database), path)
      let isOpen = true
      const close = () => {
        if (isOpen) connection.close()
        isOpen = false
      }
      return {
        connection,
        save: () => {
          close()
          return run(container, new Uint8Array(), 'cat', path)
        },
        [Symbol.dispose]: close,
      }
    },
  }
}

function shellCommand(container: string, database: string): readonly [string, ...string[]] {
  const shell = `exec timeout ${timeoutSeconds} sqlite3 -batch "$0" 2>&1`
  return ['docker', 'exec', '-i', container, 'sh', '-c', shell, database]
}

function run(container: string, input: Uint8Array, ...command: readonly string[]): Uint8Array {
  const docker = spawnSync('docker', ['exec', '-i', container, ...command], { input, maxBuffer: 2 ** 30 })
  if (docker.status === 0) return docker.stdout
  throw new ConversationError({
    where: `The command '${command.join(' ')}' in container ${container}`,
    expected: 'exit code 0',
    actual: docker.error?.message ?? `${docker.status}: ${docker.stderr.toString().trim()}`,
    remedy: 'run it by hand with `docker exec` to see why',
  })
}
