import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import type { Engine } from 'migration-proof'
import { ConversationError } from './conversation.ts'
import { openShell } from './shell-connection.ts'

/** A container that hangs is ended from the inside, so that the caller that waits for it continues. */
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
    fix: 'run it by hand with `docker exec` to see why',
  })
}
