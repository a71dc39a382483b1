import { testCommandLineWalk } from "./cli-walk.ts";
import { serveReal } from "./serving.ts";
import { testVendorWalk } from "./vendor-walk.ts";

const serving = await serveReal();
testVendorWalk("on real servers", serving);
testCommandLineWalk("on real servers", serving);
