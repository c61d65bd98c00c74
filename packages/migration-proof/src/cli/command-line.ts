import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findPackageFolder } from '../gate/side.ts'
import type { CommandLine } from '../how-to-run.ts'
import { currentProgram } from './program.ts'

/**
 * How a user runs a command: with the project's script for it, or with the program itself.
 *
 * @param given the value of `--config`
 */
export function commandLine(given: string | undefined): CommandLine {
  const { name, configFile } = currentProgram()
  // Scripts are read only when a message names a command, not at each start.
  let scripts: readonly Script[] | null = given === undefined && configFile === undefined ? null : []
  const config = given === undefined ? [] : ['--config', given]
  return (command, ...options) => {
    const words = [command, ...options]
    scripts ??= readScripts()
    const script = scripts.find((one) => one.words.every((word, index) => word === words[index]))
    if (script === undefined) return ['npx', name, ...words, ...config].join(' ')
    const rest = words.slice(script.words.length)
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
