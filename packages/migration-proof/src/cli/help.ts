import type { ArgDef } from 'citty'
import type { ArgumentDefinitions } from './arguments.ts'
import type { Command, Example } from './commands.ts'
import type { Style } from './output/style.ts'
import { proseWidth, wrap } from './output/text.ts'
import { currentProgram } from './program.ts'

/** Help is read as a page. */
const mostColumns = 80

const exitCodeHelp = [
  ['0', 'everything was proven or done, and the result was written'],
  ['1', 'something is not proven, or there is no result'],
  ['2', 'wrong usage or unreadable input; nothing was changed'],
] as const

/** The help of one command. */
export async function renderCommandHelp(program: string, command: Command, style: Style): Promise<string> {
  const { name = '', description } = await describe(command)
  const definitions = await definitionsOf(command)
  const examples = await examplesOf(command)
  const entries = Object.entries(definitions)
  const positionals = entries.filter(([, { type }]) => type === 'positional')
  const options = entries.filter(([, { type }]) => type !== 'positional')
  const usage = [program, name, ...positionals.map(usageOf), '[options]'].join(' ')
  return join(style, [
    [null, [...wrap(description, helpWidth()), '', `${style('bold', 'Usage:')} ${usage}`]],
    ['Examples', examples.flatMap((example) => formatExample(program, example))],
    [
      'Arguments',
      formatEntries(positionals.map(([key, { description = '' }]) => [key.toUpperCase(), description])),
    ],
    ['Options', formatEntries([...options.map(optionEntry), ['--help', 'print this help']])],
    ['Exit code', formatEntries(exitCodeHelp)],
  ])
}

/** The help of the program, with a line per command. */
export async function renderProgramHelp(
  program: string,
  description: string,
  commands: readonly Command[],
  style: Style,
): Promise<string> {
  const entries = await Promise.all(
    commands.map(async (command) => {
      const { name = '', description } = await describe(command)
      return [name, firstSentence(description)] as const
    }),
  )
  return join(style, [
    [
      null,
      [...wrap(description, helpWidth()), '', `${style('bold', 'Usage:')} ${program} COMMAND [options]`],
    ],
    ['Commands', formatEntries(entries)],
    [
      'Options',
      formatEntries([
        ['--help', 'print this help, or that of the command before it'],
        ['--version', 'print the version'],
      ]),
    ],
    ['Exit code', formatEntries(exitCodeHelp)],
  ])
}

/** The arguments that a command takes. */
export async function definitionsOf(command: Command): Promise<ArgumentDefinitions> {
  const { args = {} } = command
  return typeof args === 'function' ? await args() : await args
}

/** The examples in the help of a command. */
export async function examplesOf({ meta = {} }: Command): Promise<readonly Example[]> {
  const { examples = [] } = typeof meta === 'function' ? await meta() : await meta
  return examples
}

async function describe({ meta = {} }: Command) {
  const { name, description = '' } = typeof meta === 'function' ? await meta() : await meta
  return { name, description }
}

function formatExample(program: string, { call, does }: Example): string[] {
  return [`  ${program} ${call}`, ...wrap(does, helpWidth() - 6).map((line) => `      ${line}`)]
}

function firstSentence(text: string): string {
  const end = text.search(/\.( |$)/)
  return end === -1 ? text : text.slice(0, end)
}

function usageOf([name, { required }]: readonly [string, ArgDef]): string {
  return required === false ? `[${name.toUpperCase()}]` : name.toUpperCase()
}

function optionEntry([name, { type, valueHint = 'value', description: usual = '' }]: readonly [
  string,
  ArgDef,
]) {
  const isOwn = name === 'config' && currentProgram().configFile !== undefined
  const description = isOwn ? 'the config of another history; defaults to that of this program' : usual
  return [type === 'boolean' ? `--${name}` : `--${name} ${valueHint.toUpperCase()}`, description] as const
}

function formatEntries(entries: readonly (readonly [string, string])[]): string[] {
  const indent = 2 + Math.max(...entries.map(([name]) => name.length)) + 2
  return entries.flatMap(([name, text]) => {
    const [first = '', ...rest] = wrap(text, helpWidth() - indent)
    return [`  ${name}`.padEnd(indent) + first, ...rest.map((line) => ' '.repeat(indent) + line)]
  })
}

function join(style: Style, sections: readonly (readonly [string | null, readonly string[]])[]): string {
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [...(title === null ? [] : [style('bold', `${title}:`)]), ...lines].join('\n'))
    .join('\n\n')
}

function helpWidth(): number {
  return Math.min(mostColumns, proseWidth())
}
