/** Lets everything that is due in this process run, timers of no delay included. */
export async function turns(count) {
  for (let turn = 0; turn < count; turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 0));
}
