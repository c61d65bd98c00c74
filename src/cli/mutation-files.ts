// The same paths from src/cli, where this file is, and from dist/cli, where it is part of the bundle.

/** The code of a thread: threads run the bundle. */
export const workerFile = new URL('../../dist/cli/mutate.worker.js', import.meta.url)

/** A clone has this page, an installed package has not. */
export const pageFile = new URL('../../docs/mutation.md', import.meta.url)
