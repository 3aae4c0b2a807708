// Unpacks the packaged browser into TMPDIR, which the package reads once: hence a process of its own.
import chromium from "@sparticuz/chromium";

await chromium.executablePath();
