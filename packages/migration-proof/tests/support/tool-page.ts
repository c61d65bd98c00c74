import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from './command-line.ts'

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
