import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPackageFolder } from '../gate/side.ts'
import { type CommandLine, quoteArgument, setHowToRun } from '../how-to-run.ts'

/** The folder of this package, with a slash at its end: the same from src/cli as from the bundle in dist/cli. */
export const packageFolder = fileURLToPath(new URL('../../', import.meta.url))

interface OwnPackage {
  readonly version: string
  readonly description: string
  readonly peerDependencies: Readonly<Record<string, string>>
}

/** What package.json says of this package. */
export function readOwnPackage(): OwnPackage {
  return JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8'))
}

/**
 * The style and the script of the report page, as the build made them.
 *
 * @throws {Error} when nothing was built
 */
export function readPageAssets(): { readonly style: string; readonly script: string } {
  const read = (name: string) => readFileSync(`${packageFolder}dist/cli/report-page.${name}`, 'utf8')
  return { style: read('css'), script: read('js') }
}

/** The program that the user started: `migration-proof` itself, or one that offers some of its commands. */
export interface Program {
  /** As a user types it, such as `npx migration-proof`. */
  readonly name: string
  readonly version: string
  readonly description: string
  /** The names of the commands that it offers; defaults to all of them. */
  readonly commands?: readonly string[]
  /** The path of the config that it always uses; by default a config is searched. */
  readonly configFile?: string
}

/** The running program, and the value of `--config` that its user gave. */
export interface ProgramRun {
  readonly program: Program
  readonly givenConfig?: string | undefined
}

/** The one thing that this process or thread knows without being passed it: which program it is. */
let running: ProgramRun = { program: { name: 'migration-proof', version: '', description: '' } }

export function currentRun(): ProgramRun {
  return running
}

/** The running program. */
export function currentProgram(): Program {
  return running.program
}

/** Sets what runs: at the start, when the arguments were read, and in each thread. Messages then name its commands. */
export function setCurrentRun(next: ProgramRun): void {
  running = next
  setHowToRun(commandLine(next))
}

/**
 * How a user runs a command: with the project's script for it, or with the program itself.
 */
function commandLine({ program: { name, configFile }, givenConfig: given }: ProgramRun): CommandLine {
  // Scripts are read only when a message names a command, not at each start.
  let scripts: readonly Script[] | null = given === undefined && configFile === undefined ? null : []
  const config = given === undefined ? [] : ['--config', given]
  return (command, ...options) => {
    const words = [command, ...options]
    scripts ??= readScripts()
    const script = scripts.find((one) => one.words.every((word, index) => word === words[index]))
    const quote = (word: string) => quoteArgument(word)
    if (script === undefined) return ['npx', name, ...[...words, ...config].map(quote)].join(' ')
    const rest = words.slice(script.words.length).map(quote)
    return [`npm run ${script.name}`, ...(rest.length === 0 ? [] : ['--', ...rest])].join(' ')
  }
}

interface Script {
  readonly name: string
  /** The command and its options. */
  readonly words: readonly string[]
}

/** The scripts of the project that run one command, those with the most options first. */
function readScripts(): Script[] {
  const folder = findPackageFolder(process.cwd())
  if (folder === null) return []
  return Object.entries(parseScripts(readFileSync(join(folder, 'package.json'), 'utf8')))
    .flatMap(([name, text]) => {
      const [, words] = /\bmigration-proof ([^&|;]+)$/.exec(String(text)) ?? []
      return words === undefined ? [] : [{ name, words: words.trim().split(/\s+/) }]
    })
    .sort((left, right) => right.words.length - left.words.length)
}

/** An invalid package.json does not concern the command: it counts as one without scripts. */
function parseScripts(text: string): object {
  try {
    const { scripts }: { readonly scripts?: unknown } = JSON.parse(text)
    return typeof scripts === 'object' && scripts !== null ? scripts : {}
  } catch {
    return {}
  }
}
