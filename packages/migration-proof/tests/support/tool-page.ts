import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { packageFolder } from './command-line.ts'
import type { ScratchProject } from './scratch-project.ts'

/** What a page of the docs says of a tool. */
export interface ToolPage {
  readonly text: string
  /** The configs that it shows. */
  readonly configs: readonly string[]
  /** The commands that it shows, without what stands behind `#`. */
  readonly commands: readonly string[]
}

const folder = join(packageFolder, 'docs', 'tools')

/** The names of the pages. */
export function listToolPages(): string[] {
  return readdirSync(folder).map((name) => name.replace(/\.md$/, ''))
}

/** The name of the page of a tool: the two that apply migrations by Umzug share one. */
export function pageOf(tool: string): string {
  return tool === 'sequelize-cli' ? 'umzug' : tool
}

/** The page of a tool that `init` finds. */
export function readToolPage(tool: string): ToolPage {
  const text = readFileSync(join(folder, `${pageOf(tool)}.md`), 'utf8')
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
  const inBlocks = (language: string) =>
    blocks.filter(([, own]) => own === language).map(([, , code = '']) => code)
  const lines = inBlocks('sh').flatMap((code) => code.trimEnd().split('\n'))
  return {
    text,
    configs: inBlocks('js'),
    commands: lines.map((line) => line.replace(/\s*#.*$/, '')),
  }
}

/** A config without what is of one project: its name, and what the call is given. */
export function withoutNames(config: string): string {
  return config.replace(/name: '[^']*', \.\.\.(\w+)\([^)]*\)/, "name: '', ...$1()")
}

/** Each row: a command that each page shows, and what it says of `data.db` at version 1; null where it was run before. */
const commandsOfPages: readonly (readonly [command: string, says: RegExp | null])[] = [
  ['init', null],
  ['verify', /: all passed/],
  ['verify --against data.db', /^data\.db upgrades from v1 to v2/m],
  ['upgrade data.db', /v1 to v2/],
]

/** Runs the commands of the page of a tool in a project that `init` has set up, and expects that it shows no others. */
export function expectShownCommands(tool: string, project: ScratchProject): void {
  const { commands } = readToolPage(tool)
  expect(commands).toEqual(commandsOfPages.map(([command]) => `npx migration-proof ${command}`))
  cpSync(join(project.folder, 'fixtures/snapshots/v1.db'), join(project.folder, 'data.db'))
  for (const [command, says] of commandsOfPages) {
    if (says === null) continue
    const { exitCode, stdout, stderr } = project.run(command.split(' '))
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toMatch(says)
  }
}
