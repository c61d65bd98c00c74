import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What a look for a container runtime found. */
export type Runtime =
  | { readonly isFound: true; readonly host: string; readonly version: string }
  | { readonly isFound: false; readonly host: string | null; readonly reason: string }

/** An engine that hangs counts as none. */
const timeoutMilliseconds = 10_000

const execute = promisify(execFile)

/**
 * Looks for the container runtime that the `docker` command leads to. There is no second choice: an engine at
 * another place than the one that `DOCKER_HOST` names is none.
 */
export async function findRuntime(): Promise<Runtime> {
  let host: string | null = null
  try {
    host = await docker('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}')
    const version = await docker('version', '--format', '{{.Server.Version}}')
    return { isFound: true, host, version }
  } catch (error) {
    return { isFound: false, host, reason: reasonOf(error) }
  }
}

/**
 * Runs a docker command and returns what it prints.
 *
 * @throws {Error} when it fails, or takes longer than ten seconds
 */
export async function docker(...commandArguments: readonly string[]): Promise<string> {
  const { stdout } = await execute('docker', commandArguments, { timeout: timeoutMilliseconds })
  return stdout.trim()
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'ENOENT') return 'there is no docker command'
  const printed = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : ''
  const [sentence = ''] = (printed || error.message).split('\n').at(-1)?.split('. ') ?? []
  return sentence.replace(/\.$/, '')
}
