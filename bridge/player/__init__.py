"""A process of its own that sends what is due: nothing that the asker does can hold it up, or leave a note on."""
