// An S3-compatible store, for another process; see inside.mjs. It is there as long as that is.
import { withStore } from "./s3.mjs";

let store;

// Opens it at `address`, and returns the environment that servers need.
export function open(folder, address) {
  return new Promise((opened, failed) => {
    withStore(folder, (env, opening) => {
      store = opening;
      opened(env);
      return new Promise(() => {});
    }, address).catch(failed);
  });
}

export const uploads = () => store.uploads;
