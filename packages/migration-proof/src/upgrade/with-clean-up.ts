/**
 * Runs the work, and then what cleans up after it, whether the work succeeded or not. An error of the clean-up is
 * thrown only when the work succeeded: it must never replace the first error.
 */
export function withCleanUp<Result>(work: () => Result, cleanUp: () => void): Result {
  let result: Result
  try {
    result = work()
  } catch (error) {
    tryToCleanUp(cleanUp)
    throw error
  }
  cleanUp()
  return result
}

/** As {@link withCleanUp}, for work that is awaited. */
export async function withAsyncCleanUp<Result>(
  work: () => Promise<Result>,
  cleanUp: () => void,
): Promise<Result> {
  let result: Result
  try {
    result = await work()
  } catch (error) {
    tryToCleanUp(cleanUp)
    throw error
  }
  cleanUp()
  return result
}

/** Cleans up as far as that can be done. */
export function tryToCleanUp(cleanUp: () => void): void {
  try {
    cleanUp()
  } catch {
    // The caller throws the error that came first.
  }
}
