import { runCommand } from 'citty'
import { suggest } from '../suggest.ts'
import { checkArguments } from './arguments.ts'
import { type Command, commands } from './commands.ts'
import { type ExitCode, exitCodeOf, exitCodes, UsageError } from './errors.ts'
import { reportError } from './explain-error.ts'
import { definitionsOf, renderCommandHelp, renderProgramHelp } from './help.ts'
import { hasPrinted, print, sayLines } from './output/print.ts'
import { styleFor } from './output/style.ts'
import { currentProgram, setCurrentRun } from './program.ts'

/** Runs the command that the arguments name, and reports any error. */
export async function run(given: readonly string[]): Promise<ExitCode> {
  try {
    return await dispatch(given)
  } catch (error) {
    reportError(error, given)
    return exitCodeOf(error)
  }
}

async function dispatch([name, ...given]: readonly string[]): Promise<ExitCode> {
  if (name === undefined) {
    sayLines(await programHelp(process.stderr))
    return exitCodes.unusable
  }
  if (name === '--help' || name === '-h') return printText(await programHelp(process.stdout))
  if (name === '--version' || name === '-v') return printText(currentProgram().version)
  const command = await findCommand(name)
  if (asksForHelp(given))
    return printText(await renderCommandHelp(currentProgram().name, command, styleFor(process.stdout)))
  const options = checkArguments(`${currentProgram().name} ${name}`, await definitionsOf(command), given)
  setCurrentRun({ program: currentProgram(), givenConfig: options.get('config') })
  const { result } = await runCommand(command, { rawArgs: [...given] })
  if (!isExitCode(result)) throw new Error(`${name} ended without an exit code`)
  if (result === exitCodes.proven && !hasPrinted()) throw new Error(`${name} ended without a result`)
  return result
}

/** The current names of commands of earlier releases. */
const successors: Readonly<Record<string, string>> = {
  findings: 'lint',
  fixtures: 'freeze',
  'release:freeze': 'freeze --release',
}

async function findCommand(name: string): Promise<Command> {
  const program = currentProgram().name
  const offered = offeredCommands()
  const entry = offered.find((candidate) => candidate.name === name)
  if (entry !== undefined) return entry.load()
  const successor = successors[name]
  if (successor !== undefined) {
    throw new UsageError({
      where: program,
      expected: 'a command',
      actual: `the unknown command ${name}`,
      fix: `it is called \`${successor}\` now`,
    })
  }
  const near = suggest(
    name,
    offered.map((command) => command.name),
  )
  throw new UsageError({
    where: program,
    expected: 'a command',
    actual: `the unknown command ${name}`,
    fix: near === null ? `run \`${program} --help\` for a list` : `perhaps \`${program} ${near}\` was meant`,
  })
}

async function programHelp(stream: NodeJS.WriteStream): Promise<string> {
  const { name, description } = currentProgram()
  const loaded = await Promise.all(offeredCommands().map((command) => command.load()))
  return renderProgramHelp(name, description, loaded, styleFor(stream))
}

function asksForHelp(given: readonly string[]): boolean {
  const end = given.indexOf('--')
  const options = end === -1 ? given : given.slice(0, end)
  return options.includes('--help') || options.includes('-h')
}

function printText(text: string): ExitCode {
  print(text)
  return exitCodes.proven
}

function isExitCode(value: unknown): value is ExitCode {
  return Object.values(exitCodes).some((code) => code === value)
}

function offeredCommands() {
  const { commands: names } = currentProgram()
  return names === undefined ? commands : commands.filter(({ name }) => names.includes(name))
}
