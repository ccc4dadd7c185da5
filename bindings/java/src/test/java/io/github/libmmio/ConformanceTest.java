// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConformanceTest {
    @Test
    void thePackageBehavesAsAllOthersDo() throws Exception {
        List<String> command = new ArrayList<>();
        command.add("python3");
        command.add(Path.of(System.getenv("MMIO_ROOT"), "api/conformance/drive.py").toString());
        command.add("--gaps");
        command.add("conformance.gaps");
        command.add("--");
        command.addAll(TestSupport.java(Testee.class));
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    }
}
