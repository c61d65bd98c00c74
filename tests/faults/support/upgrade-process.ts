import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { bundleProgram } from './program.ts'

/** How the program `upgrade.mjs` ended. */
export interface UpgradeEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly said: UpgradeSaid
}

export interface UpgradeSaid {
  readonly outcome?: string
  readonly applied?: readonly number[]
  readonly killedBefore?: string
  readonly version?: number | null
  readonly error?: { readonly name: string; readonly message: string; readonly code: string | null }
}

/** Upgrades a file in a process of its own. A `prefix` is a command that runs that process. */
export async function upgradeInProcess(
  file: string,
  options: Readonly<Record<string, number>> = {},
  prefix: readonly string[] = [],
): Promise<UpgradeEnd> {
  const { nextLine, end } = await start([file, ...asOptions(options)], prefix)
  const said = await nextLine()
  return { said, ...(await end) }
}

/** Processes that are ready to upgrade files. */
export interface Upgraders {
  /** Upgrades a file in so many of them, which open it in the same moment, and returns what each said. */
  upgradeAtOnce(file: string, count: number): Promise<UpgradeSaid[]>
  /** Ends them, and returns how each ended. */
  end(): Promise<Omit<UpgradeEnd, 'said'>[]>
}

/** Starts processes that upgrade one file after the other: to start them takes longer than what they do. */
export async function startUpgraders(
  count: number,
  options: Readonly<Record<string, number>>,
): Promise<Upgraders> {
  const children = await Promise.all(Array.from({ length: count }, () => start(asOptions(options))))
  await Promise.all(children.map(({ nextLine }) => nextLine()))
  return {
    upgradeAtOnce: (file, countAtOnce) => {
      // Time enough that the last one reads it before it comes.
      const openAt = Date.now() + 20
      const chosen = children.slice(0, countAtOnce)
      for (const { input } of chosen) input.write(`${JSON.stringify({ file, openAt })}\n`)
      return Promise.all(chosen.map(({ nextLine }) => nextLine()))
    },
    end: () => {
      for (const { input } of children) input.end()
      return Promise.all(children.map(({ end }) => end))
    },
  }
}

function asOptions(options: Readonly<Record<string, number>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
}

/** Bundled once, for all processes of a thread. */
let program: Promise<string> | undefined

async function start(parameters: readonly string[], prefix: readonly string[] = []) {
  program ??= bundleProgram()
  const [command = '', ...rest] = [...prefix, process.execPath, await program, ...parameters]
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  // One that ended before it was sent anything is known by its end.
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<UpgradeSaid> => JSON.parse((await lines.next()).value ?? '{}')
  const end = new Promise<Omit<UpgradeEnd, 'said'>>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal }))
  })
  return { input: child.stdin, nextLine, end }
}
