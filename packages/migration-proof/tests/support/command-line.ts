import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the package. */
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

/** The command line as it is installed. */
export const ownBundle = join(packageFolder, 'dist', 'cli', 'main.cjs')

/** What a run of the command line left. */
export interface Run {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** Where it runs; defaults to the folder of the package, which has no config. */
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** The Node that runs it; defaults to that of the tests. */
  readonly node?: string
  /** The bundle to run; defaults to that of the package. */
  readonly bundle?: string
  /** The user who runs it, where this process may choose; the same one by default. */
  readonly user?: number
}

/** Runs the bundled command line in a process of its own, without a terminal. */
export function runCommandLine(parameters: readonly string[], options: RunOptions = {}): Run {
  const { cwd = packageFolder, env = {}, bundle = ownBundle, node = process.execPath, user } = options
  const { status, stdout, stderr, error } = spawnSync(node, [bundle, ...parameters], {
    encoding: 'utf8',
    cwd,
    env: { ...plainEnvironment(), ...env },
    ...(user === undefined ? {} : { uid: user, gid: user }),
  })
  if (error) throw error
  return { exitCode: status, stdout, stderr }
}

/** The commands that the help lists. */
export function listCommands(): string[] {
  const [, section = ''] = /^Commands:\n((?: .*\n)+)/m.exec(runCommandLine(['--help']).stdout) ?? []
  return [...section.matchAll(/^ {2}([a-z][a-z:-]*)/gm)].map(([, name = '']) => name)
}

/** Without what a developer's shell, or the test runner, says of colours. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...rest } = process.env
  return rest
}
