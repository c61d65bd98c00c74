import { readFileSync } from 'node:fs'
import { runCommand } from 'citty'
import { setHowToRun } from '../harness/how-to-run.ts'
import { checkArguments } from './arguments.ts'
import { commandLine } from './command-line.ts'
import { type Command, commands } from './commands.ts'
import { exitCodeOf, isDiagnosed, UsageError } from './errors.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { definitionsOf, renderCommandHelp, renderProgramHelp } from './help.ts'
import { printJson } from './output/json.ts'
import { printable } from './output/printable.ts'
import { styleFor } from './output/style.ts'
import { suggest } from './suggest.ts'

const program = 'quickslice-migrations'

/** Runs the command that the arguments name, and reports what it throws. */
export async function run(given: readonly string[]): Promise<ExitCode> {
  try {
    return await dispatch(given)
  } catch (error) {
    report(error, given)
    return exitCodeOf(error)
  }
}

async function dispatch([name, ...given]: readonly string[]): Promise<ExitCode> {
  if (name === undefined) {
    process.stderr.write(`${await programHelp(process.stderr)}\n`)
    return exitCodes.unusable
  }
  if (name === '--help' || name === '-h') return print(await programHelp(process.stdout))
  if (name === '--version' || name === '-v') return print(readPackage().version)
  const command = await findCommand(name)
  if (asksForHelp(given)) return print(await renderCommandHelp(program, command, styleFor(process.stdout)))
  const options = checkArguments(`${program} ${name}`, await definitionsOf(command), given)
  setHowToRun(commandLine(options.get('suite')))
  const { result } = await runCommand(command, { rawArgs: [...given] })
  return isExitCode(result) ? result : exitCodes.proven
}

async function findCommand(name: string): Promise<Command> {
  const entry = commands.find((candidate) => candidate.name === name)
  if (entry !== undefined) return entry.load()
  const near = suggest(
    name,
    commands.map((command) => command.name),
  )
  throw new UsageError({
    where: program,
    expected: 'a command first',
    actual: `'${name}'`,
    remedy:
      near === null ? `run \`${program} --help\` for a list` : `perhaps \`${program} ${near}\` was meant`,
  })
}

async function programHelp(stream: NodeJS.WriteStream): Promise<string> {
  const loaded = await Promise.all(commands.map((command) => command.load()))
  return renderProgramHelp(program, readPackage().description, loaded, styleFor(stream))
}

function asksForHelp(given: readonly string[]): boolean {
  const end = given.indexOf('--')
  const options = end === -1 ? given : given.slice(0, end)
  return options.includes('--help') || options.includes('-h')
}

function print(text: string): ExitCode {
  process.stdout.write(`${text}\n`)
  return exitCodes.proven
}

function report(error: unknown, given: readonly string[]): void {
  if (!isDiagnosed(error)) {
    // A defect of this program: whoever mends it needs the stack.
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    return
  }
  if (given.includes('--json'))
    printJson({ error: { name: error.name, message: error.message, ...error.diagnosis } })
  const style = styleFor(process.stderr)
  process.stderr.write(`${style('red', 'Error:')} ${printable(error.message)}\n`)
}

function isExitCode(value: unknown): value is ExitCode {
  return Object.values(exitCodes).some((code) => code === value)
}

function readPackage(): { readonly version: string; readonly description: string } {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
}
