#!/usr/bin/env node
// @ts-check
// Writes docs/commands.md: the help of every command, as the bundled command line prints it.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const folder = fileURLToPath(new URL('..', import.meta.url))

const streams = `## Exit code, JSON and streams

- The exit code is 1 until a command has ended by itself. A suite that calls \`process.exit\`, waits for a promise that
  never settles or throws in a timer is named, and never makes it 0.
- What a suite leaves open, such as a timer or a server, is named in a warning, and the command ends.
- With \`--json\`, the standard output holds one JSON value, whatever happens. That of an error is
  \`{ "error": { "name", "message", "where", "expected", "actual", "remedy" } }\`; the same sentence is on the standard
  error. With \`--output\` too, the value names the file. What a suite prints by \`console.log\` or
  \`process.stdout\` goes to the standard error; what a program prints that a suite starts on the same output does not.
- An error is one sentence. \`MIGRATION_PROOF_STACK=1\` in the environment adds the stack, for a report of a defect.
- A reader that goes away, as \`head\` does, stops nothing: the work goes on, and the exit code is that of the work. A
  standard output that cannot be written for another reason, such as a full disk, means exit code 1: there is no
  result. A standard error that cannot be written changes nothing.
- Names from files are printed with escapes where a terminal or a build service would take them for commands: \`\\u{1b}\`,
  and \`::\` or \`##[\` as GitHub Actions and Azure Pipelines know them. JSON holds them as they are.`

/**
 * The text of the page.
 *
 * @param {ReadonlyMap<string, string>} helps the help of each command, by its name
 */
export function describeCommands(helps) {
  const sections = [...helps].map(([name, help]) => `## ${name}\n\n\`\`\`text\n${help}\`\`\`\n`)
  const introduction = `The help of every command, word for word. \`npm run docs\` writes this page.\n\n${streams}\n`
  return [`# Commands\n\n${introduction}`, ...sections].join('\n')
}

function readHelps() {
  const names = [...help().matchAll(/^ {2}([a-z][a-z:-]*) {2,}/gm)].map(([, name = '']) => name)
  return new Map(names.map((name) => [name, help(name)]))
}

/** @param {string[]} command */
function help(...command) {
  const environment = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '' }
  const parameters = [join(folder, 'dist', 'cli', 'main.cjs'), ...command, '--help']
  return execFileSync(process.execPath, parameters, { encoding: 'utf8', env: environment })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(join(folder, 'docs', 'commands.md'), describeCommands(readHelps()))
}
