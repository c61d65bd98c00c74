// The same paths from src/cli, where this file is, and from dist/cli, where it is part of a bundle.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of this project, with a slash at its end. */
export const projectFolder = fileURLToPath(new URL('../../', import.meta.url))

/** A clone has this page, an installed package has not. */
export const enginesPage = fileURLToPath(new URL('../../docs/engines.md', import.meta.url))

/**
 * What the page of the report holds besides its text: its style and its script, as the build made them.
 *
 * @throws {Error} when nothing was built
 */
export function readPageAssets(): { readonly style: string; readonly script: string } {
  const read = (name: string) =>
    readFileSync(new URL(`../../dist/cli/report-page.${name}`, import.meta.url), 'utf8')
  return { style: read('css'), script: read('js') }
}

/** The text of a file; null where there is none. */
export function readTextIfAny(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}
