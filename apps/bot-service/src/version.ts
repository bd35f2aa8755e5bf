import { version } from "../../../package.json";

/** Version of the daemon, as released. */
export const VERSION: string = version;
