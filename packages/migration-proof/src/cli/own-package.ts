// The same paths from src/cli, where this file is, and from dist/cli, where it is part of a bundle.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of this package, with a slash at its end. */
export const packageFolder = fileURLToPath(new URL('../../', import.meta.url))

/** What this package says of itself. */
export function readOwnPackage(): { readonly version: string; readonly description: string } {
  return JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8'))
}

/**
 * What the page of the report holds besides its text: its style and its script, as the build made them.
 *
 * @throws {Error} when nothing was built
 */
export function readPageAssets(): { readonly style: string; readonly script: string } {
  const read = (name: string) => readFileSync(`${packageFolder}dist/cli/report-page.${name}`, 'utf8')
  return { style: read('css'), script: read('js') }
}
