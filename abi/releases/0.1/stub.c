void mmio_atomic_acquire(void);
void mmio_atomic_acquire(void)
{
}
void mmio_atomic_u32_add(void);
void mmio_atomic_u32_add(void)
{
}
void mmio_atomic_u32_and(void);
void mmio_atomic_u32_and(void)
{
}
void mmio_atomic_u32_compare_exchange(void);
void mmio_atomic_u32_compare_exchange(void)
{
}
void mmio_atomic_u32_exchange(void);
void mmio_atomic_u32_exchange(void)
{
}
void mmio_atomic_u32_load(void);
void mmio_atomic_u32_load(void)
{
}
void mmio_atomic_u32_or(void);
void mmio_atomic_u32_or(void)
{
}
void mmio_atomic_u32_store(void);
void mmio_atomic_u32_store(void)
{
}
void mmio_atomic_u32_sub(void);
void mmio_atomic_u32_sub(void)
{
}
void mmio_atomic_u32_wait(void);
void mmio_atomic_u32_wait(void)
{
}
void mmio_atomic_u32_wake(void);
void mmio_atomic_u32_wake(void)
{
}
void mmio_atomic_u32_xor(void);
void mmio_atomic_u32_xor(void)
{
}
void mmio_atomic_u64_add(void);
void mmio_atomic_u64_add(void)
{
}
void mmio_atomic_u64_and(void);
void mmio_atomic_u64_and(void)
{
}
void mmio_atomic_u64_compare_exchange(void);
void mmio_atomic_u64_compare_exchange(void)
{
}
void mmio_atomic_u64_exchange(void);
void mmio_atomic_u64_exchange(void)
{
}
void mmio_atomic_u64_load(void);
void mmio_atomic_u64_load(void)
{
}
void mmio_atomic_u64_or(void);
void mmio_atomic_u64_or(void)
{
}
void mmio_atomic_u64_store(void);
void mmio_atomic_u64_store(void)
{
}
void mmio_atomic_u64_sub(void);
void mmio_atomic_u64_sub(void)
{
}
void mmio_atomic_u64_xor(void);
void mmio_atomic_u64_xor(void)
{
}
void mmio_cursor_close(void);
void mmio_cursor_close(void)
{
}
void mmio_cursor_consume(void);
void mmio_cursor_consume(void)
{
}
void mmio_cursor_open(void);
void mmio_cursor_open(void)
{
}
void mmio_cursor_peek(void);
void mmio_cursor_peek(void)
{
}
void mmio_cursor_position(void);
void mmio_cursor_position(void)
{
}
void mmio_cursor_read(void);
void mmio_cursor_read(void)
{
}
void mmio_cursor_seek(void);
void mmio_cursor_seek(void)
{
}
void mmio_cursor_write(void);
void mmio_cursor_write(void)
{
}
void mmio_fault_guard(void);
void mmio_fault_guard(void)
{
}
void mmio_fault_guard_now(void);
void mmio_fault_guard_now(void)
{
}
void mmio_file_copy(void);
void mmio_file_copy(void)
{
}
void mmio_file_create(void);
void mmio_file_create(void)
{
}
void mmio_file_delete(void);
void mmio_file_delete(void)
{
}
void mmio_file_publish(void);
void mmio_file_publish(void)
{
}
void mmio_file_sync_directory(void);
void mmio_file_sync_directory(void)
{
}
void mmio_file_write(void);
void mmio_file_write(void)
{
}
void mmio_ground_of_handle(void);
void mmio_ground_of_handle(void)
{
}
void mmio_ground_of_path(void);
void mmio_ground_of_path(void)
{
}
void mmio_has(void);
void mmio_has(void)
{
}
void mmio_inventory_close(void);
void mmio_inventory_close(void)
{
}
void mmio_inventory_count(void);
void mmio_inventory_count(void)
{
}
void mmio_inventory_get(void);
void mmio_inventory_get(void)
{
}
void mmio_inventory_json(void);
void mmio_inventory_json(void)
{
}
void mmio_inventory_open(void);
void mmio_inventory_open(void)
{
}
void mmio_map_acknowledge_loss(void);
void mmio_map_acknowledge_loss(void)
{
}
void mmio_map_advise(void);
void mmio_map_advise(void)
{
}
void mmio_map_anonymous(void);
void mmio_map_anonymous(void)
{
}
void mmio_map_append(void);
void mmio_map_append(void)
{
}
void mmio_map_check_faults(void);
void mmio_map_check_faults(void)
{
}
void mmio_map_close(void);
void mmio_map_close(void)
{
}
void mmio_map_copy(void);
void mmio_map_copy(void)
{
}
void mmio_map_data(void);
void mmio_map_data(void)
{
}
void mmio_map_data_mut(void);
void mmio_map_data_mut(void)
{
}
void mmio_map_duplicate_handle(void);
void mmio_map_duplicate_handle(void)
{
}
void mmio_map_evict(void);
void mmio_map_evict(void)
{
}
void mmio_map_fill(void);
void mmio_map_fill(void)
{
}
void mmio_map_find(void);
void mmio_map_find(void)
{
}
void mmio_map_flush(void);
void mmio_map_flush(void)
{
}
void mmio_map_flush_range(void);
void mmio_map_flush_range(void)
{
}
void mmio_map_from_handle(void);
void mmio_map_from_handle(void)
{
}
void mmio_map_get_info(void);
void mmio_map_get_info(void)
{
}
void mmio_map_granularity(void);
void mmio_map_granularity(void)
{
}
void mmio_map_huge_pages(void);
void mmio_map_huge_pages(void)
{
}
void mmio_map_into_handle(void);
void mmio_map_into_handle(void)
{
}
void mmio_map_lock_memory(void);
void mmio_map_lock_memory(void)
{
}
void mmio_map_mode(void);
void mmio_map_mode(void)
{
}
void mmio_map_open(void);
void mmio_map_open(void)
{
}
void mmio_map_path(void);
void mmio_map_path(void)
{
}
void mmio_map_pending(void);
void mmio_map_pending(void)
{
}
void mmio_map_prefetch(void);
void mmio_map_prefetch(void)
{
}
void mmio_map_protect(void);
void mmio_map_protect(void)
{
}
void mmio_map_read(void);
void mmio_map_read(void)
{
}
void mmio_map_read_batch(void);
void mmio_map_read_batch(void)
{
}
void mmio_map_read_within(void);
void mmio_map_read_within(void)
{
}
void mmio_map_refresh(void);
void mmio_map_refresh(void)
{
}
void mmio_map_residency(void);
void mmio_map_residency(void)
{
}
void mmio_map_resident_pages(void);
void mmio_map_resident_pages(void)
{
}
void mmio_map_resize(void);
void mmio_map_resize(void)
{
}
void mmio_map_retain(void);
void mmio_map_retain(void)
{
}
void mmio_map_rewrite_lost(void);
void mmio_map_rewrite_lost(void)
{
}
void mmio_map_seal(void);
void mmio_map_seal(void)
{
}
void mmio_map_set_policy(void);
void mmio_map_set_policy(void)
{
}
void mmio_map_shared(void);
void mmio_map_shared(void)
{
}
void mmio_map_shutdown(void);
void mmio_map_shutdown(void)
{
}
void mmio_map_size(void);
void mmio_map_size(void)
{
}
void mmio_map_touch(void);
void mmio_map_touch(void)
{
}
void mmio_map_unlock_memory(void);
void mmio_map_unlock_memory(void)
{
}
void mmio_map_write(void);
void mmio_map_write(void)
{
}
void mmio_map_write_batch(void);
void mmio_map_write_batch(void)
{
}
void mmio_map_write_within(void);
void mmio_map_write_within(void)
{
}
void mmio_map_zero(void);
void mmio_map_zero(void)
{
}
void mmio_max_size(void);
void mmio_max_size(void)
{
}
void mmio_operation_cancel(void);
void mmio_operation_cancel(void)
{
}
void mmio_operation_close(void);
void mmio_operation_close(void)
{
}
void mmio_operation_result(void);
void mmio_operation_result(void)
{
}
void mmio_operation_wait(void);
void mmio_operation_wait(void)
{
}
void mmio_page_size(void);
void mmio_page_size(void)
{
}
void mmio_pressure_close(void);
void mmio_pressure_close(void)
{
}
void mmio_pressure_handle(void);
void mmio_pressure_handle(void)
{
}
void mmio_pressure_open(void);
void mmio_pressure_open(void)
{
}
void mmio_pressure_wait(void);
void mmio_pressure_wait(void)
{
}
void mmio_queue_close(void);
void mmio_queue_close(void)
{
}
void mmio_queue_copy_file(void);
void mmio_queue_copy_file(void)
{
}
void mmio_queue_create_file(void);
void mmio_queue_create_file(void)
{
}
void mmio_queue_delete_file(void);
void mmio_queue_delete_file(void)
{
}
void mmio_queue_flush(void);
void mmio_queue_flush(void)
{
}
void mmio_queue_flush_range(void);
void mmio_queue_flush_range(void)
{
}
void mmio_queue_handle(void);
void mmio_queue_handle(void)
{
}
void mmio_queue_next(void);
void mmio_queue_next(void)
{
}
void mmio_queue_open(void);
void mmio_queue_open(void)
{
}
void mmio_queue_touch(void);
void mmio_queue_touch(void)
{
}
void mmio_queue_write(void);
void mmio_queue_write(void)
{
}
void mmio_range_lock_acquire(void);
void mmio_range_lock_acquire(void)
{
}
void mmio_range_lock_release(void);
void mmio_range_lock_release(void)
{
}
void mmio_segment_close(void);
void mmio_segment_close(void)
{
}
void mmio_segment_is_valid(void);
void mmio_segment_is_valid(void)
{
}
void mmio_segment_offset(void);
void mmio_segment_offset(void)
{
}
void mmio_segment_open(void);
void mmio_segment_open(void)
{
}
void mmio_segment_read(void);
void mmio_segment_read(void)
{
}
void mmio_segment_size(void);
void mmio_segment_size(void)
{
}
void mmio_segment_view(void);
void mmio_segment_view(void)
{
}
void mmio_segment_write(void);
void mmio_segment_write(void)
{
}
void mmio_set_allocator(void);
void mmio_set_allocator(void)
{
}
void mmio_shared_remove(void);
void mmio_shared_remove(void)
{
}
void mmio_source_close(void);
void mmio_source_close(void)
{
}
void mmio_source_map(void);
void mmio_source_map(void)
{
}
void mmio_source_open(void);
void mmio_source_open(void)
{
}
void mmio_source_refresh(void);
void mmio_source_refresh(void)
{
}
void mmio_source_wait(void);
void mmio_source_wait(void)
{
}
void mmio_status_is_retryable(void);
void mmio_status_is_retryable(void)
{
}
void mmio_status_name(void);
void mmio_status_name(void)
{
}
void mmio_status_text(void);
void mmio_status_text(void)
{
}
void mmio_version(void);
void mmio_version(void)
{
}
void mmio_version_string(void);
void mmio_version_string(void)
{
}
void mmio_view_acquire(void);
void mmio_view_acquire(void)
{
}
void mmio_view_release(void);
void mmio_view_release(void)
{
}
void mmio_walk_begin(void);
void mmio_walk_begin(void)
{
}
void mmio_walk_end(void);
void mmio_walk_end(void)
{
}
void mmio_walk_next(void);
void mmio_walk_next(void)
{
}
void mmio_watcher_add_map(void);
void mmio_watcher_add_map(void)
{
}
void mmio_watcher_add_path(void);
void mmio_watcher_add_path(void)
{
}
void mmio_watcher_close(void);
void mmio_watcher_close(void)
{
}
void mmio_watcher_handle(void);
void mmio_watcher_handle(void)
{
}
void mmio_watcher_next(void);
void mmio_watcher_next(void)
{
}
void mmio_watcher_open(void);
void mmio_watcher_open(void)
{
}
void mmio_watcher_remove(void);
void mmio_watcher_remove(void)
{
}
void mmio_watcher_set_callback(void);
void mmio_watcher_set_callback(void)
{
}
